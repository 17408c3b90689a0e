"""docs/performance.md, made from the results on disk: `python -m benchmarks page`."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import number
from benchmarks.results import FOLDER, Result, load, table
from benchmarks.words import CHANGES, CHANGES_TAKEN, HEAD, MEASURES

TARGET = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def results(folder: Path = FOLDER) -> list[Result]:
    """What is on disk, in the order of the page; other files there belong to other pages."""
    paths = (folder / f"{name}.json" for name in MEASURES)
    return [load(path) for path in paths if path.exists()]


def document(taken: Iterable[Result]) -> str:
    """The page."""
    taken = list(taken)
    changes = ["| found | changed | brought |", "|---|---|---|"]
    changes += [f"| {' | '.join(change)} |" for change in CHANGES]
    parts = [HEAD, "## What the measures changed", "\n".join(changes), CHANGES_TAKEN]
    parts += ["## Goals", "\n".join(_goals(taken))]
    for result in taken:
        title, words = MEASURES[result.measure]
        parts += [f"## {title}", words, "\n".join(table(result.rows)), _how(result)]
    return "\n\n".join(parts) + "\n"


def write() -> None:
    """Write the page."""
    TARGET.write_text(document(results()), encoding="utf-8")


def _goals(taken: Iterable[Result]) -> list[str]:
    """Every figure that has a goal, in one table."""
    lines = ["| measure | what | found | goal | |", "|---|---|--:|--:|---|"]
    for result in taken:
        for row in result.rows:
            if row.reached is not None:
                verdict = "reached" if row.reached else "**short**"
                found = f"{number(row.found)} {row.unit}".strip()
                noisy = " (noisy)" if result.noisy else ""
                lines.append(f"| {result.measure} | {row.what} | {found}{noisy} | {row.goal} | {verdict} |")
    return lines


def _how(result: Result) -> str:
    size = result.machine
    said = [
        f"`{result.command}`, {number(round(result.seconds))} s, on {size['cores']} cores and "
        f"{size['memory_gib']} GiB, Python {size['python']}, {size['date']}, commit {size['commit']}."
    ]
    if "argon2id_ms" in size:
        said.append(f"One argon2id took {number(size['argon2id_ms'])} ms.")
    if result.cpu:
        used = ", ".join(f"{part} {number(cores)}" for part, cores in result.cpu.items())
        said.append(f"Cores used meanwhile: {used}; by everything else {number(result.others)}.")
    if result.noisy:
        said.append("**Noisy: something else was at work on the machine.**")
    return " ".join(said)
