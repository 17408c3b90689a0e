"""`make threats`: prints a line a mitigation; 1 if the absence of one went unnoticed.

python -m tests.threats [WORDS OF A NAME…]
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.threats.switches import SWITCHES, Switch

ROOT = Path(__file__).parents[2]
#: What pytest answers when tests ran and some failed; anything else is no answer.
PASSED, FAILED = 0, 1


def main(words: list[str]) -> int:
    """Run them all, or those whose name holds these words."""
    chosen = [one for one in SWITCHES if " ".join(words).lower() in one.name.lower()]
    if not chosen:
        print("no mitigation of that name")
        return 2
    code, said = _pytest(sorted({one.test for one in chosen}))
    if code != PASSED:
        print(f"{said}\nwith everything switched on these tests must pass")
        return 1
    unnoticed = [one for one in chosen if not _noticed(one)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed else 0


def _noticed(one: Switch) -> bool:
    code, said = _pytest([one.test], one.name)
    failed = re.findall(r"^FAILED (\S+)", said, re.MULTILINE)
    noticed = code == FAILED and bool(failed)
    print(f"{one.threat:4} without « {one.name} »: {failed[0] if noticed else 'NOTHING FAILS'}", flush=True)
    if not noticed and code != PASSED:
        print(said)
    return noticed


def _pytest(tests: Sequence[str], off: str = "") -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--no-header",
        "-p",
        "tests.threats.plugin",
        *tests,
    ]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "THREAT": off}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout[-4_000:] + done.stderr[-1_000:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
