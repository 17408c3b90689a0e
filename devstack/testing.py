"""`make test`: an engine that can skip time, a browser if one can be had, then every test.

Without a browser its tests are skipped, without Debian's PostgreSQL those of production's engine; the last
lines say how many. Where CI=true that is a failure.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import pytest

from devstack import browser, debian, engine
from devstack.config import cache_folder
from devstack.engine import build
from devstack.engine.model import RoadClosed
from devstack.voice import Voice


class Needing:
    """A pytest plugin: counts the tests that need something, and skips them where it is not to be had."""

    def __init__(self, marker: str, name: str, path: Path | None) -> None:
        self._marker, self._name, self._path = marker, name, path
        self._chosen = 0
        self.skipped = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark what cannot be run."""
        chosen = [item for item in items if item.get_closest_marker(self._marker)]
        self._chosen = len(chosen)
        if self._path is None:
            self.skipped = len(chosen)
            for item in chosen:
                item.add_marker(
                    pytest.mark.skip(reason=f"no {self._name} found, and none could be installed")
                )

    @property
    def last_line(self) -> str:
        """What the whole run says last."""
        return f"{self._marker} tests: {self._chosen - self.skipped} run, {self.skipped} skipped"


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code is pytest's, or 1 for tests that CI may not skip."""
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
    postgresql = asyncio.run(_prepared_production(say))
    needing = [
        Needing("production", "engine of production", postgresql),
        Needing("browser", "browser", chromium),
    ]
    code = int(pytest.main(arguments, plugins=needing))
    for tests in needing:
        print(tests.last_line, flush=True)
    if any(tests.skipped for tests in needing) and _in_ci():
        print("in CI none may be skipped: set MON_ESPACE_CHROMIUM, MON_ESPACE_POSTGRESQL", file=sys.stderr)
        return code or 1
    return code


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


async def _prepared_engine(say: Voice) -> str:
    """Start one and end it: what is built or downloaded once must not count against a test's time limit."""
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as folder:
        async with engine.private(Path(folder), need_time_skipping=True, say=say) as found:
            return found.road


async def _prepared_production(say: Voice) -> Path | None:
    """What runs production's engine: Debian's PostgreSQL, the official server and its schema tool."""
    cache = cache_folder(os.environ)
    if not build.is_cached(cache):
        say("production's engine: not tested, the server was not built here")
        return None
    postgresql = debian.find(os.environ)
    if postgresql is None and _in_ci():
        postgresql = debian.install(os.environ, say)
    if postgresql is None:
        say("production's engine: not tested, no PostgreSQL with btree_gin (Debian's package: postgresql)")
        return None
    settings = engine.EngineSettings(folder=cache, cache=cache, environ=os.environ, port=0, say=say)
    try:
        await build.sql_tool(settings)
        await build.ui_configuration(settings)
    except RoadClosed as closed:
        say(f"production's engine: not tested, {closed}")
        return None
    say(f"production's engine: on the PostgreSQL in {postgresql}")
    return postgresql
