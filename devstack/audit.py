"""`make audit`: whether a pinned dependency has a known vulnerability; 0 none, 1 some, 3 could not be asked.

pip-audit asks the Open Source Vulnerabilities service about every pin of both requirement files. Its own exit
code says 0 for dependencies it could not ask about, and 1 for a service that does not answer: here only an
answer about every one of them is an answer, and no answer is never « clean ».
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
CLEAN, VULNERABLE, UNAVAILABLE = 0, 1, 3
TIMEOUT = 600


@dataclass(frozen=True)
class Audit:
    """What was answered.

    Attributes:
        asked: how many dependencies there was an answer for.
        found: a line for each vulnerability.
        unanswered: dependencies, or a whole file, about which nothing was learnt, and why.
    """

    asked: int
    found: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def code(self) -> int:
        """The exit code: a vulnerability that was found weighs more than what could not be asked."""
        if self.found:
            return VULNERABLE
        return UNAVAILABLE if self.unanswered or not self.asked else CLEAN


def read(written: str, name: str, why: str = "") -> Audit:
    """What pip-audit wrote as JSON about the file of that name; anything else is no answer."""
    try:
        dependencies = json.loads(written)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(0, (), (f"{name}: {why or 'no answer'}",))
    found, unanswered, asked = [], [], 0
    for one in dependencies:
        if "skip_reason" in one or "vulns" not in one:
            unanswered.append(f"{name}: {one.get('skip_reason', one.get('name', '?'))}")
            continue
        asked += 1
        for hole in one["vulns"]:
            mended = ", ".join(hole.get("fix_versions", ())) or "not yet"
            found.append(f"{one['name']} {one['version']}: {hole['id']} (mended in: {mended})")
    return Audit(asked, tuple(found), tuple(unanswered))


def ask(file: Path, *options: str) -> Audit:
    """Ask about one file of pins."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        *("--requirement", str(file), "--require-hashes", "--disable-pip"),
        *("--vulnerability-service", "osv", "--format", "json", "--progress-spinner", "off"),
        *options,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return read("", file.name, f"no answer in {TIMEOUT} s")
    said = done.stderr.strip().splitlines()
    return read(done.stdout, file.name, said[-1][:200] if said else f"pip-audit ended with {done.returncode}")


def main(options: list[str]) -> int:
    """Ask about both files, print, answer with the exit code."""
    answers = [ask(ROOT / name, *options) for name in FILES]
    both = Audit(
        sum(one.asked for one in answers),
        tuple(dict.fromkeys(line for one in answers for line in one.found)),
        tuple(line for one in answers for line in one.unanswered),
    )
    for line in both.found:
        print(f"VULNERABLE {line}")
    for line in both.unanswered[:5]:
        print(f"NOT ASKED  {line}")
    if both.unanswered:
        print(
            f"could not ask about everything: {len(both.unanswered)} without an answer, {both.asked} with one"
        )
    elif both.code == CLEAN:
        print(f"no known vulnerability in {both.asked} pins")
    return both.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
