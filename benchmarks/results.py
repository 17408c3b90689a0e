"""What a measure leaves behind: a JSON file, with the machine's size, and a table."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import argon2
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from benchmarks.figures import Row, number
from infrastructure.passwords import LANES
from infrastructure.settings import Settings

FOLDER = Path(__file__).with_name("results")
ROOT = Path(__file__).parent.parent
#: Above this many cores, what else the machine did weighs on the figures.
QUIET = 0.15


@dataclass
class Result:
    """One measure, taken.

    Attributes:
        measure: its name, which is its file's too.
        rows: the figures.
        cpu: cores that each part used, by its name, while the figures were taken; empty where nobody looked.
        others: cores that everything else on the machine used meanwhile.
        seconds: how long it took in all.
        command: what takes it again.
        machine: its size, and what was measured.
    """

    measure: str
    rows: list[Row]
    cpu: Mapping[str, float] = field(default_factory=dict)
    others: float | None = None
    seconds: float = 0.0
    command: str = ""
    machine: Mapping[str, Any] = field(default_factory=lambda: machine())

    @property
    def noisy(self) -> bool:
        """Whether something else was at work on the machine."""
        return self.others is not None and self.others > QUIET

    def save(self, folder: Path = FOLDER) -> Path:
        """Write the file; the one before is replaced."""
        path = folder / f"{self.measure}.json"
        kept = {
            "measure": self.measure,
            "command": self.command,
            "machine": self.machine,
            "seconds": round(self.seconds),
            "others_cores": self.others,
            "cpu_cores": self.cpu,
            "rows": [row.as_json() for row in self.rows],
        }
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path


def load(path: Path) -> Result:
    """Read a file back."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Result(
        measure=kept["measure"],
        command=kept["command"],
        rows=[Row.from_json(row) for row in kept["rows"]],
        cpu=kept["cpu_cores"],
        others=kept["others_cores"],
        seconds=kept["seconds"],
        machine=kept["machine"],
    )


def machine() -> dict[str, Any]:
    """Its size, its speed, the day and the commit; neither its name nor any path."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "argon2id_ms": _yardstick(),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
    }


def _yardstick() -> float:
    """What one hash at the product's cost takes here and now, in ms: rented machines differ by the hour."""
    cost = {name: Settings.model_fields[name].default for name in ("argon2_time_cost", "argon2_memory_kib")}
    hasher = argon2.PasswordHasher(cost["argon2_time_cost"], cost["argon2_memory_kib"], parallelism=LANES)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        hasher.hash("a password")
        took.append(time.perf_counter() - began)
    return round(min(took) * 1e3, 1)


def _commit() -> str:
    """The commit; « -dirty » where anything but results and the pages made of them differs from it."""

    def git(*words: str) -> str:
        asked = ["git", "-C", str(ROOT), *words]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603

    made = (":!benchmarks/results", ":!docs/performance.md", ":!docs/reliability.md")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", *made)
    return git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "")


def table(rows: Iterable[Row]) -> list[str]:
    """The figures, their goals, and whether these are reached, as a table of Markdown."""
    lines = ["| what | found | goal | |", "|---|--:|--:|---|"]
    for row in rows:
        verdict = {True: "reached", False: "**short**", None: ""}[row.reached]
        found = f"{number(row.found)} {row.unit}".strip()
        lines.append(f"| {row.what} | {found} | {row.goal} | {verdict} |")
    return lines
