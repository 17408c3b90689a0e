"""Limits: exact under parallel takes, all rules or none, windows that end, nothing readable stored."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.limits import Limits, window_start
from infrastructure.settings import Settings
from tests.conftest import make_settings

KEY = b"k" * 32
MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOON = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(database: PoolType, clock: Clock) -> Limits:
    return Limits(database, KEY, clock)


async def test_parallel_takes_are_counted_exactly(limits: Limits, database: PoolType) -> None:
    answers = await asyncio.gather(*(limits.take("start", "client", (7, DAY)) for _ in range(20)))
    assert answers.count(None) == 7
    assert await database.fetchval("SELECT sum(hits) FROM limit_hits") == 7


async def test_parallel_takes_of_two_processes_are_counted_exactly(settings: Settings, clock: Clock) -> None:
    pools = [await connect(settings), await connect(settings)]
    both = [Limits(pool, KEY, clock) for pool in pools]
    rules = ((5, MINUTE), (9, HOUR))
    answers = await asyncio.gather(*(both[i % 2].take("start", "client", *rules) for i in range(20)))
    assert answers.count(None) == 5
    for pool in pools:
        await pool.close()


async def test_a_refused_take_counts_in_no_rule(limits: Limits, clock: Clock) -> None:
    rules = ((2, MINUTE), (3, HOUR))
    assert [await limits.take("start", "x", *rules) for _ in range(2)] == [None, None]
    for _ in range(5):
        assert await limits.take("start", "x", *rules) == NOON.replace(second=0, minute=1)
    clock.now += timedelta(minutes=1)
    assert await limits.take("start", "x", *rules) is None, "the five refused ones did not fill the hour"
    assert await limits.take("start", "x", *rules) == NOON.replace(second=0, hour=13)


async def test_the_time_given_is_one_at_which_it_passes(limits: Limits, clock: Clock) -> None:
    rules = ((1, MINUTE), (1, HOUR))
    assert await limits.take("mail", "x", *rules) is None
    until = await limits.take("mail", "x", *rules)
    assert until is not None
    clock.now = until - timedelta(microseconds=1)
    assert await limits.take("mail", "x", *rules) == until
    clock.now = until
    assert await limits.take("mail", "x", *rules) is None


async def test_a_limit_of_none_refuses_at_once(limits: Limits) -> None:
    assert await limits.take("start", "x", (0, MINUTE)) is not None


async def test_names_and_people_do_not_share(limits: Limits) -> None:
    assert await limits.take("start", "x", (1, DAY)) is None
    assert await limits.take("start", "y", (1, DAY)) is None
    assert await limits.take("siret", "x", (1, DAY)) is None
    assert await limits.take("start", "x", (1, DAY)) is not None


async def test_check_says_the_same_and_counts_nothing(limits: Limits) -> None:
    rules = ((1, MINUTE), (2, HOUR))
    for _ in range(3):
        assert await limits.check("start", "x", *rules) is None
    assert await limits.take("start", "x", *rules) is None
    assert await limits.check("start", "x", *rules) == await limits.take("start", "x", *rules) is not None


async def test_an_occasion_counts_once(limits: Limits, database: PoolType) -> None:
    rule = (2, DAY)
    assert [await limits.take("n", "x", rule, once="r1:1") for _ in range(4)] == [None] * 4
    assert await limits.take("n", "x", rule, once="r1:2") is None
    assert await limits.take("n", "x", rule, once="r1:1") is None, "it had been counted: the answer stays"
    assert await limits.take("n", "x", rule, once="r1:3") is not None
    assert await limits.take("n", "x", rule, once="r1:3") is not None
    assert await limits.take("n", "y", rule, once="r1:3") is None
    assert await database.fetchval("SELECT sum(hits) FROM limit_hits") == 3


async def test_one_occasion_at_once_counts_once(limits: Limits, database: PoolType) -> None:
    answers = await asyncio.gather(*(limits.take("n", "x", (3, DAY), once="r1:1") for _ in range(10)))
    assert answers == [None] * 10
    assert await database.fetchval("SELECT sum(hits) FROM limit_hits") == 1


async def test_what_is_given_back_can_be_taken_again(limits: Limits) -> None:
    rules = ((1, MINUTE), (1, HOUR))
    await limits.give_back("login", "x", *rules)
    assert await limits.take("login", "x", *rules) is None
    await limits.give_back("login", "x", *rules)
    assert await limits.take("login", "x", *rules) is None
    assert await limits.take("login", "x", *rules) is not None


async def test_nothing_stored_says_whom(limits: Limits, database: PoolType) -> None:
    await limits.take("login", "zoe@exemple.fr", (1, DAY), once="zoe@exemple.fr")
    rows = await database.fetch("SELECT bucket FROM limit_hits")
    assert len({row["bucket"] for row in rows}) == 2
    assert not any("zoe" in row["bucket"] for row in rows)


async def test_postgresqls_clock_is_the_default(database: PoolType) -> None:
    until = await Limits(database, KEY).take("start", "x", (0, MINUTE))
    assert until is not None
    assert (
        timedelta(0) <= until - datetime.now(UTC) + timedelta(seconds=5) <= timedelta(minutes=1, seconds=10)
    )


@pytest.mark.parametrize(
    ("seconds", "start"),
    [
        (1, NOON),
        (MINUTE, NOON.replace(second=0)),
        (HOUR, NOON.replace(second=0)),
        (DAY, datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_windows_begin_on_the_clock(seconds: int, start: datetime) -> None:
    assert window_start(NOON, seconds) == start


async def test_without_postgresql_nothing_passes(clock: Clock) -> None:
    pool = await connect(make_settings("postgresql://nobody:x@127.0.0.1:1/nothing"))
    with pytest.raises(DatabaseUnavailable):
        await Limits(pool, KEY, clock).take("start", "x", (1, DAY))
    await pool.close()
