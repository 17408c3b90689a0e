"""recognise_establishment and check_member_number."""

import asyncio
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.establishments import EstablishmentActivities
from domain.effects import EstablishmentAnswer, EstablishmentQuestion, NumberQuestion
from domain.messages import Kind
from domain.numbers import number_key
from infrastructure.database import PoolType
from infrastructure.limits import Limits
from infrastructure.settings import Settings
from tests.accounts.data import BAKERY, FARM, MEMBER, SCHOOL, TRAINING, add_establishment

NUMBER = "AB-1234 001"


@pytest.fixture
def activities(database: PoolType, settings: Settings) -> EstablishmentActivities:
    few = settings.model_copy(update={"wrong_numbers_per_siret_per_day": 3})
    return EstablishmentActivities(database, Limits(database, b"k" * 32), few)


@pytest.mark.parametrize(
    ("siret", "kind", "status"),
    [
        (BAKERY, MEMBER, "recognised"),
        (BAKERY, TRAINING, "other_kind"),
        (SCHOOL, TRAINING, "no_number"),
        (SCHOOL, MEMBER, "recognised"),
        (FARM, MEMBER, "unrecognised"),
        (FARM, TRAINING, "unrecognised"),
    ],
)
async def test_recognition(
    activities: EstablishmentActivities, database: PoolType, siret: str, kind: Kind, status: str
) -> None:
    await add_establishment(database, BAKERY, MEMBER, number=NUMBER)
    await add_establishment(database, SCHOOL, TRAINING)
    await add_establishment(database, SCHOOL, MEMBER, number="1")
    question = EstablishmentQuestion(kind=kind, siret=siret)
    answer = await ActivityEnvironment().run(activities.recognise_establishment, question)
    assert answer == EstablishmentAnswer.model_validate({"about": question, "status": status})


def guess(
    number: str, *, attempt: int = 1, registration: str | None = None, siret: str = BAKERY
) -> NumberQuestion:
    return NumberQuestion(
        registration=registration or str(uuid4()), kind=MEMBER, siret=siret, number=number, attempt=attempt
    )


async def verdict(activities: EstablishmentActivities, question: NumberQuestion) -> str:
    answer = await ActivityEnvironment().run(activities.check_member_number, question)
    assert answer.about == question
    return answer.verdict


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (NUMBER, "right"),
        ("ab1234001", "right"),
        (" AB 1234-001 ", "right"),
        ("AB.1234.001", "right"),
        ("AB\u20111234\u00a0001", "right"),
        ("ＡＢ１２３４００１", "right"),
        ("AB1234002", "wrong"),
        ("AB123400", "wrong"),
        ("1234001", "wrong"),
        ("", "wrong"),
        ("---", "wrong"),
        ("AB1234001'; DROP TABLE establishments; --", "wrong"),
    ],
)
async def test_a_number_is_compared_without_its_separators(
    activities: EstablishmentActivities, database: PoolType, typed: str, expected: str
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    assert await verdict(activities, guess(typed)) == expected


async def test_a_key_that_was_loaded_with_dashes_still_compares(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    await database.execute("UPDATE establishments SET number_key = 'AB-1234001'")
    assert await verdict(activities, guess("ab1234 001")) == "right"


@pytest.mark.parametrize("typed", ["", "0", NUMBER])
async def test_without_a_number_on_file_none_is_right(
    activities: EstablishmentActivities, database: PoolType, typed: str
) -> None:
    await add_establishment(database, SCHOOL)
    await add_establishment(database, BAKERY, TRAINING, number=NUMBER)
    assert await verdict(activities, guess(typed, siret=SCHOOL)) == "wrong"
    assert await verdict(activities, guess(typed, siret=FARM)) == "wrong"
    assert await verdict(activities, guess(typed, siret=BAKERY)) == "wrong", "the other kind's number"


async def test_wrong_ones_are_counted_over_all_registrations_and_right_ones_always_pass(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    await add_establishment(database, SCHOOL, number="777")
    verdicts = [await verdict(activities, guess(f"{n}")) for n in range(5)]
    assert verdicts == ["wrong"] * 3 + ["too_many"] * 2
    assert await verdict(activities, guess(NUMBER)) == "right"
    assert await verdict(activities, guess("1", siret=SCHOOL)) == "wrong"


async def test_a_right_number_does_not_count(activities: EstablishmentActivities, database: PoolType) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    for _ in range(6):
        assert await verdict(activities, guess(NUMBER)) == "right"
    assert await verdict(activities, guess("1")) == "wrong"


async def test_a_retried_attempt_counts_once_and_answers_the_same(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    registration = str(uuid4())
    third = guess("3", attempt=3, registration=registration)
    for attempt in (1, 2):
        for _ in range(4):
            question = guess(f"{attempt}", attempt=attempt, registration=registration)
            assert await verdict(activities, question) == "wrong"
    assert await asyncio.gather(*(verdict(activities, third) for _ in range(5))) == ["wrong"] * 5
    fourth = guess("4", attempt=4, registration=registration)
    assert [await verdict(activities, fourth) for _ in range(2)] == ["too_many"] * 2
    assert await verdict(activities, third) == "wrong"


async def test_another_number_under_the_same_attempt_counts(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    registration = str(uuid4())
    verdicts = [
        await verdict(activities, guess(f"{n}", attempt=1, registration=registration)) for n in range(4)
    ]
    assert verdicts == ["wrong"] * 3 + ["too_many"]


async def test_guesses_at_once_are_counted_exactly(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    verdicts = await asyncio.gather(*(verdict(activities, guess(f"{n}")) for n in range(20)))
    assert sorted(verdicts) == ["too_many"] * 17 + ["wrong"] * 3


async def test_neither_number_nor_siret_is_in_the_limiters_table(
    activities: EstablishmentActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, number=NUMBER)
    await verdict(activities, guess("SECRET99"))
    for row in await database.fetch("SELECT bucket FROM limit_hits"):
        assert "SECRET99" not in row["bucket"]
        assert BAKERY not in row["bucket"]


@pytest.mark.parametrize(
    ("text", "key"), [("123456 001", "123456001"), ("ab-12/é", "AB12É"), (" \t\n", ""), ("\ud800", "")]
)
def test_the_key_of_a_number(text: str, key: str) -> None:
    assert number_key(text) == key
    assert number_key(key) == key
