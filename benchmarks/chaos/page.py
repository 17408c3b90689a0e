"""docs/reliability.md, written from the results on disk; a test fails when the two differ.

`python -m benchmarks.chaos.page` writes it again.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.chaos.branches import BRANCHES
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.matrix import cells

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT / "benchmarks" / "results" / "chaos.json"
SOAK = ROOT / "benchmarks" / "results" / "soak.json"
TARGET = ROOT / "docs" / "reliability.md"
COUNTS = ("lost", "wrong_ends", "without_proof", "duplicates", "same_id")

_HEAD = """# Reliability: what a registration survives

Made by `make chaos` (`python -m benchmarks.chaos`): a private copy of the stack, its real processes killed
and started again, while people stand at every step of every branch. They are frontends at the public API that
never give up: the same submission until it is answered. One of each cell acts into the outage, the others a
moment before it, so that it meets work half done. Afterwards each registration is looked up in Temporal,
PostgreSQL and the mailbox alike.

- **lost**: it did not come to its end, or Temporal does not know it.
- **wrong end**: another outcome, account, attachment or password than the person's answers led to.
- **without proof**: an account whose mailbox nobody proved.
- **duplicates**: a second mail of one intent under another Message-ID, or the same one with other bytes.
- **same id**: the one window SMTP leaves open, between the relay's taking a mail and our writing it down.
  Both mails carry the same Message-ID and bytes; many mailboxes show them once.
- **seconds**: from the fault until the step was done, median and worst over the fault's cells. A fault that
  lasts is part of it, and so is the start of what was killed: there is one process of each kind, and starting
  one takes most of the time on a busy machine.
"""

_FOUND = """## What was found broken, and what became of it

| found | now |
|---|---|
| the mail « votre mot de passe a été changé » and those about a newcomer were ordered behind the answer: \
a web process killed within seconds took them along | rows of the transaction that makes them due, ordered \
by a worker: `tests/accounts/test_letters_due.py` |
| « Mot de passe oublié » and « Reprendre mon inscription » were looked up behind their answer, so that time \
tells nothing: a web process killed within that second forgot them | a row that is written before the \
answer, the same for every address, and looked up by a worker: `tests/accounts/test_letter_requests.py` |
| a bounce reported before the mail's receipt was forgotten when the receipt came | it stays: \
`tests/domain/test_mailbox.py::test_mail_that_came_back_before_its_receipt_is_told_too` |
| a registration that ended while the relay had its mail left the ledger without an outcome: the mail in the \
mailbox, `sending` in the ledger for good (looked for after the matrix had one such mail) | the sending is \
finished and written down: \
`tests/mails/test_send_mail.py::test_what_the_relay_has_taken_is_written_down_though_nobody_waits_any_more` |
"""

_OPEN = """## What is left

- A mail whose answer the relay withheld is tried again only while its registration goes on. Where the person
  has used its link meanwhile, or given up, the ledger keeps it as `sending`: nobody can know more.
- When every answer takes more than two seconds, « réessayez » is what people get although their password was
  taken: with 30 people insisting four times each on a machine at load 20, some were not told within 90 s.
- The window after DATA cannot be closed by a sender; it is as wide as the relay takes to answer.
"""


def document() -> str:
    """The whole page."""
    matrix = json.loads(MATRIX.read_text(encoding="utf-8"))
    parts = [_HEAD, "## The matrix\n", _made(matrix), _table(matrix["rows"]), "", _steps(matrix["rows"]), ""]
    parts += [_whole(matrix["whole"]), "", _left_out(), ""]
    if SOAK.exists():
        parts += ["## The soak\n", _soaked(json.loads(SOAK.read_text(encoding="utf-8"))), ""]
    return "\n".join([*parts, _FOUND, _OPEN])


def _made(result: dict[str, Any]) -> str:
    each = result["each"]
    return (
        f"{result['date']}, {result['machine']}; {each} registration{'s' * (each != 1)} a cell, "
        f"seed {result['seed']}, {round(result['seconds'] / 60)} minutes in all.\n"
    )


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| fault | cells | registrations | lost | wrong ends | without proof | duplicates | same id "
        "| seconds |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for fault in FAULTS.values():
        if of := [row for row in rows if row["fault"] == fault.name]:
            lines.append(f"| {fault.words} | {len(of)} | {_sums(of)} |")
    return "\n".join([*lines, f"| **all** | {len(rows)} | {_sums(rows)} |"])


def _steps(rows: list[dict[str, Any]]) -> str:
    lines = ["| worst seconds at | " + " | ".join(BRANCHES) + " |", "|---|" + "--:|" * len(BRANCHES)]
    steps = dict.fromkeys(step for branch in BRANCHES.values() for step in branch.steps)
    for step in steps:
        worst = (
            [row["seconds"][1] for row in rows if (row["branch"], row["step"]) == (branch, step)]
            for branch in BRANCHES
        )
        lines.append(f"| {step} | " + " | ".join(f"{max(one):.1f}" if one else "–" for one in worst) + " |")
    return "\n".join(lines)


def _sums(rows: list[dict[str, Any]]) -> str:
    sums = [str(sum(row[name] for row in rows)) for name in ("registrations", *COUNTS)]
    middle = sorted(row["seconds"][0] for row in rows)[len(rows) // 2]
    return " | ".join([*sums, f"{middle:.1f} · {max(row['seconds'][1] for row in rows):.1f}"])


def _whole(wrong: Iterable[str]) -> str:
    found = "; ".join(wrong)
    return (
        "Over all of it: registrations in Temporal against people, accounts against proofs and people, "
        f"ledger against mailbox, letters that are due: {found or 'no difference'}."
    )


def _left_out() -> str:
    lines = ["Cells that make no sense are left out:\n"]
    for fault in FAULTS.values():
        if fault.why:
            steps = ", ".join(sorted({cell.step for cell in cells(fault, BRANCHES)}))
            lines.append(f"- {fault.words}: only {steps}; {fault.why}.")
    return "\n".join(lines)


def _soaked(soak: dict[str, Any]) -> str:
    faults = ", ".join(f"{name} {times}" for name, times in soak["faults"].items())
    ends = ", ".join(f"{number} {name}" for name, number in sorted(soak["ends"].items()))
    counts = ", ".join(f"{name.replace('_', ' ')} {soak[name]}" for name in COUNTS)
    trouble = "; ".join([*soak["words"], *soak["whole"]])
    return (
        f"{soak['date']}, {soak['machine']}: {soak['minutes']:g} minutes, seed {soak['seed']}, "
        f"{soak['registrations']} registrations ({ends}), {sum(soak['faults'].values())} faults ({faults}).\n"
        f"\nEverybody accounted for in Temporal, PostgreSQL and the mailbox: {counts}. "
        f"Differences: {trouble or 'none'}. Mails left without an end in the ledger (see below): "
        f"{soak['unsettled']}."
    )


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
