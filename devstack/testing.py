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


class BrowserTests:
    """A pytest plugin: counts the tests that need a browser, and skips them where there is none."""

    def __init__(self, chromium: Path | None) -> None:
        self._chromium = chromium
        self._chosen = 0
        self.skipped = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark what cannot be run."""
        chosen = [item for item in items if item.get_closest_marker("browser")]
        self._chosen = len(chosen)
        if self._chromium is None:
            self.skipped = len(chosen)
            for item in chosen:
                item.add_marker(pytest.mark.skip(reason="no browser found, and none could be installed"))

    @property
    def last_line(self) -> str:
        """What the whole run says last."""
        return f"browser tests: {self._chosen - self.skipped} run, {self.skipped} skipped"


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
    if chromium:
        os.environ["MON_ESPACE_CHROMIUM"] = str(chromium)
    tests = BrowserTests(chromium)
    code = int(pytest.main(arguments, plugins=[tests]))
    print(tests.last_line, flush=True)
    if tests.skipped and os.environ.get("CI", "").lower() in {"1", "true"}:
        print("in CI no browser test may be skipped: set MON_ESPACE_CHROMIUM", file=sys.stderr)
        return code or 1
    return code


async def _prepared_engine(say: Voice) -> str:
    """Start one and end it: what is built or downloaded once must not count against a test's time limit."""
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as folder:
        async with engine.private(Path(folder), need_time_skipping=True, say=say) as found:
            return found.road
