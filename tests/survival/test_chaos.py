"""A few cells of the matrix (`make chaos`): the harness itself works, and what kills do not show."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.chaos import audit
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.matrix import cells, play
from benchmarks.chaos.person import Person
from benchmarks.chaos.stage import Stage, opened

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with opened(tmp_path_factory.mktemp("stack")) as running:
        yield running


async def test_some_cells_and_everybody_accounted_for(stage: Stage) -> None:
    people: list[Person] = []
    for name, branch, steps in (
        ("connections_cut", "insee", ("establishment", "password")),
        ("smtp_silence", "known", ("welcome",)),
        ("duplicates", "number", ("number",)),
    ):
        chosen = cells(FAULTS[name], [branch], steps)
        assert len(chosen) == len(steps)
        rows, met = await play(stage, FAULTS[name], chosen, 1, random.Random(1))
        assert [row.found for row in rows if not row.found.clean] == []
        assert all((row.found.same_id > 0) == (name == "smtp_silence") for row in rows), rows
        people += met
    assert await audit.of_all(stage, people) == []


async def test_what_nobody_registered_is_noticed(stage: Stage) -> None:
    unknown = Person(stage, cells(FAULTS["duplicates"], ["known"])[0].branch)
    await unknown.arrive()
    await unknown.do("identity")
    found = await audit.of_all(stage, [])
    assert any("registrations nobody made" in one for one in found)
