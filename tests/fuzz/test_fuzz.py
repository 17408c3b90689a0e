"""A little of `make fuzz` with every run of the tests, and that it notices what it is there for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fuzz.ground import CANARY, Ground
from tests.fuzz.play import play, prepared, told

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    async with prepared(tmp_path) as found:
        yield found


async def test_one_round_of_each_kind(ground: Ground) -> None:
    await play(ground, 0)

    assert set(ground.tried) == {"api", "form", "signal", "update", "query"}, told(ground)
    assert ground.finished == 3
    assert not ground.leaks()
    log = ground.stack.config.logs / "portal.log"
    with log.open("a") as leaking:
        leaking.write(f'{{"event": "seen {CANARY.upper()}"}}\n')
    assert ground.leaks(), "a leak would be seen"
