"""Fixtures everybody uses: a real PostgreSQL for the run, a fresh migrated database for each test.

A database is cloned from a migrated template in some 50 ms, so that no test ever sees another's rows.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import hypothesis
import pytest
import pytest_asyncio

from devstack.gallery.served import make_settings as make_settings
from devstack.postgres import Postgres, private
from infrastructure.database import PoolType, connect, migrate
from infrastructure.settings import Settings

# A busy machine is no counterexample.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

#: Of each test that skipped time: days it lived through, seconds it took.
_lived: list[tuple[float, float]] = []
#: Of each page that axe looked at: how often, by how many rules.
_looked: list[tuple[int, int]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Hear of it."""
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == "lived through" and isinstance(value, tuple | list):
                _lived.append((float(value[0]), float(value[1])))
            if name == "axe" and isinstance(value, list) and report.passed:
                _looked.append((value[0], value[1]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it at the end of the run."""
    if _lived:
        days, seconds = (sum(column) for column in zip(*_lived, strict=True))
        terminalreporter.write_line(
            f"time skipping: {len(_lived)} tests lived through {days:,.0f} days in {seconds:.0f} s"
        )
    if _looked:
        terminalreporter.write_line(
            f"axe: {len(_looked)} states of pages, looked at {sum(times for times, _ in _looked)} times by "
            f"{max(rules for _, rules in _looked)} rules; a violation fails its test"
        )


@pytest_asyncio.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A real PostgreSQL for the whole run."""
    async with private(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def migrated(postgres: Postgres) -> str:
    """The name of a migrated database nobody is connected to: the template of the others."""
    await migrate(await postgres.create_database("migrated"))
    return "migrated"


@pytest_asyncio.fixture
async def empty_database_url(postgres: Postgres) -> AsyncIterator[str]:
    """A fresh database without any table."""
    name = f"test_{uuid4().hex}"
    yield await postgres.create_database(name)
    await postgres.drop_database(name)


@pytest_asyncio.fixture
async def database_url(postgres: Postgres, migrated: str) -> AsyncIterator[str]:
    """A fresh migrated database."""
    name = f"test_{uuid4().hex}"
    yield await postgres.create_database(name, template=migrated)
    await postgres.drop_database(name)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with test keys that point to this test's database."""
    return make_settings(database_url)


@pytest_asyncio.fixture
async def database(settings: Settings) -> AsyncIterator[PoolType]:
    """A pool on this test's database."""
    pool = await connect(settings, application="tests")
    yield pool
    await pool.close()
