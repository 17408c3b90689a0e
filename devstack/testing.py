"""`make test`: an engine that can skip time, a browser if one can be had, then every test.

Without a browser its tests are skipped, and how many is the last line; where CI=true that is a failure.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import pytest

from devstack import browser, engine
from devstack.voice import Voice


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code is pytest's, or 1 for browser tests that CI may not skip."""
    say = Voice()
    try:
        say(f"engine: {asyncio.run(_prepared_engine(say))}")
    except engine.EngineError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    chromium = browser.find(os.environ) or browser.install(os.environ, say)
    say(f"browser: {chromium or 'none'}")
    os.environ.pop("MON_ESPACE_CHROMIUM", None)
    if chromium:
        os.environ["MON_ESPACE_CHROMIUM"] = str(chromium)
    code = int(pytest.main(["-p", "devstack.test_plan", *arguments]))
    from devstack.test_plan import browser_tests

    run, skipped = browser_tests["run"], browser_tests["skipped"]
    print(f"browser tests: {run} run, {skipped} skipped", flush=True)
    if skipped and os.environ.get("CI", "").lower() in {"1", "true"}:
        print("in CI no browser test may be skipped: set MON_ESPACE_CHROMIUM", file=sys.stderr)
        return code or 1
    return code


async def _prepared_engine(say: Voice) -> str:
    """Start one and end it: what is built or downloaded once must not count against a test's time limit."""
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as folder:
        async with engine.private(Path(folder), need_time_skipping=True, say=say) as found:
            return found.road
