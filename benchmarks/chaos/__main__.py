"""The command line of the harness; `python -m benchmarks.chaos --help`."""

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.chaos import audit, page
from benchmarks.chaos.branches import BRANCHES
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.matrix import Row, cells, play
from benchmarks.chaos.person import Person
from benchmarks.chaos.soak import soak
from benchmarks.chaos.stage import Stage, opened
from benchmarks.results import machine
from devstack.leaving import leave


def main() -> int:
    """Run what was asked for; 1 when something was found."""
    given = _arguments()
    clean = asyncio.run(_run(given))
    print("nothing was lost" if clean else "SOMETHING IS WRONG")
    return 0 if clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], help="which faults; all by default")
    parser.add_argument("--branches", default=",".join(BRANCHES), help="known,number,insee,review")
    parser.add_argument("--steps", default="", help="e.g. mail,password; all by default")
    parser.add_argument("--each", type=int, default=3, help="registrations a cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soak", metavar="30m", help="mixed registrations and random faults for so long")
    parser.add_argument("--save", action="store_true", help="keep the results of a part, too")
    return parser.parse_args()


async def _run(given: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="mon-espace-chaos-") as folder:
        async with opened(Path(folder)) as stage:
            if given.soak:
                return await _soak(stage, given)
            return await _matrix(stage, given)


async def _soak(stage: Stage, given: argparse.Namespace) -> bool:
    number, unit = re.fullmatch(r"(\d+)(s|m|h)", given.soak).groups()  # type: ignore[union-attr]
    seconds = int(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    result = _about() | await soak(stage, seconds, given.seed, lambda text: print(text, flush=True))
    _keep(page.SOAK, result)
    for name in ("registrations", *page.COUNTS):
        print(f"{name.replace('_', ' '):15} {result[name]}")
    wrong = [*result["words"], *result["whole"]]
    print("\n".join(wrong))
    return not wrong and not any(result[name] for name in page.COUNTS[:-1])


async def _matrix(stage: Stage, given: argparse.Namespace) -> bool:
    branches, steps = given.branches.split(","), [one for one in given.steps.split(",") if one]
    rows: list[Row] = []
    people: list[Person] = []
    silenced: list[UUID] = []
    begun = time.monotonic()
    for name in given.faults or FAULTS:
        chosen = cells(FAULTS[name], branches, steps)
        if not chosen:
            continue
        found, met = await play(
            stage, FAULTS[name], chosen, given.each, random.Random(f"{given.seed}-{name}")
        )
        rows += found
        people += met
        silenced += [one.registration for one in met if FAULTS[name].early and one.registration]
        _print(name, found)
    whole = await audit.of_all(stage, people, silenced)
    result = _about() | {
        "seed": given.seed, "each": given.each, "seconds": round(time.monotonic() - begun),
        "whole": whole, "rows": [row.as_json() for row in rows],
    }  # fmt: skip
    if given.save or not (given.faults or steps or len(branches) < len(BRANCHES)):
        _keep(page.MATRIX, result)
    print("\n".join(whole))
    return not whole and all(row.found.clean for row in rows)


def _print(name: str, rows: list[Row]) -> None:
    print(f"\n{FAULTS[name].words}", flush=True)
    for row in rows:
        found = row.found
        counts = (found.lost, found.wrong_ends, found.without_proof, found.duplicates)
        print(
            f"  {row.branch:7} {row.step:14} {found.registrations:2} registrations  "
            f"lost {counts[0]}  wrong {counts[1]}  unproved {counts[2]}  twice {counts[3]}  "
            f"same id {found.same_id}  {row.seconds[0]:5.1f} · {row.seconds[1]:5.1f} s",
            *dict.fromkeys(found.words), flush=True,
        )  # fmt: skip


def _about() -> dict[str, Any]:
    found = machine()
    return {"date": found["date"], "machine": f"{found['cores']} cores, {found['memory_gib']} GiB"}


def _keep(target: Path, result: dict[str, Any]) -> None:
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if page.MATRIX.exists():
        page.TARGET.write_text(page.document(), encoding="utf-8")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    leave(main())
