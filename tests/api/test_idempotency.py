"""Idempotency keys: on a real PostgreSQL, and through the API."""

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.problems import problem
from domain.view import Outcome
from infrastructure.database import PoolType, transaction
from infrastructure.idempotency import IdempotencyKeys, KeyReused
from starter.registrations import Refused, Unavailable
from tests.api.conftest import IDENTITY, World

KEY = "0123456789abcdef"


@pytest.fixture
def keys(database: PoolType) -> IdempotencyKeys:
    return IdempotencyKeys(database, b"k" * 32)


@pytest.fixture
def world_with_keys(world: World, keys: IdempotencyKeys) -> World:
    world.app.state.idempotency = keys
    return world


async def age(database: PoolType, hours: int) -> None:
    async with transaction(database) as connection:
        await connection.execute(
            "UPDATE idempotency_keys SET created_at = created_at - make_interval(hours => $1)", hours
        )


async def test_a_key_stands_for_the_first_registration(keys: IdempotencyKeys) -> None:
    first, second = uuid4(), uuid4()
    assert await keys.find(KEY, "body") is None
    assert await keys.bind(KEY, "body", first) == first
    assert await keys.bind(KEY, "body", second) == first
    assert await keys.find(KEY, "body") == first


async def test_a_key_never_serves_another_body(keys: IdempotencyKeys) -> None:
    await keys.bind(KEY, "body", uuid4())
    with pytest.raises(KeyReused):
        await keys.find(KEY, "other")
    with pytest.raises(KeyReused):
        await keys.bind(KEY, "other", uuid4())


async def test_a_day_later_the_key_is_free(keys: IdempotencyKeys, database: PoolType) -> None:
    await keys.bind(KEY, "body", uuid4())
    await keys.bind("another-key-0123456789", "body", uuid4())
    await age(database, 25)
    assert await keys.find(KEY, "other") is None
    again = uuid4()
    assert await keys.bind(KEY, "other", again) == again
    async with transaction(database) as connection:
        assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_only_its_own_registration_releases_a_key(keys: IdempotencyKeys) -> None:
    registration = uuid4()
    await keys.bind(KEY, "body", registration)
    await keys.release(KEY, uuid4())
    assert await keys.find(KEY, "body") == registration
    await keys.release(KEY, registration)
    assert await keys.find(KEY, "body") is None


async def test_neither_key_nor_body_is_stored(keys: IdempotencyKeys, database: PoolType) -> None:
    await keys.bind(KEY, "camille@entreprise.example", uuid4())
    async with transaction(database) as connection:
        rows = await connection.fetch("SELECT * FROM idempotency_keys")
    assert KEY.encode() not in rows[0]["key_hash"]
    assert "camille" not in str(rows)
    assert len(rows[0]["key_hash"]) == len(rows[0]["body_hash"]) == 32


async def test_twenty_at_once_are_one_registration(world_with_keys: World, v1: str) -> None:
    world = world_with_keys
    answers = await asyncio.gather(
        *(
            world.client.post(f"{v1}/registrations", json=IDENTITY, headers={"Idempotency-Key": KEY})
            for _ in range(20)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({registration for registration, _ in world.registrations.starts}) == 1
    assert len({message.submission for _, message in world.registrations.starts}) == 1


async def test_a_repeat_is_not_counted_and_outlives_the_registration(world_with_keys: World, v1: str) -> None:
    world = world_with_keys
    headers = {"Idempotency-Key": KEY}
    first = (await world.client.post(f"{v1}/registrations", json=IDENTITY, headers=headers)).json()
    world.registrations.end(UUID(first["id"]), Outcome.ABANDONED)
    world.limits.full = {"starts"}
    again = await world.client.post(
        f"{v1}/registrations", json={**IDENTITY, "submission": "another"}, headers=headers
    )
    assert again.status_code == 201
    assert (again.json()["id"], again.json()["resume_token"]) == (first["id"], first["resume_token"])
    assert again.json()["view"]["outcome"] == "abandoned"


async def test_the_key_with_another_body_is_refused(world_with_keys: World, v1: str) -> None:
    world = world_with_keys
    headers = {"Idempotency-Key": KEY}
    await world.client.post(f"{v1}/registrations", json=IDENTITY, headers=headers)
    other = await world.client.post(
        f"{v1}/registrations", json={**IDENTITY, "last_name": "Durand"}, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(world.registrations.starts) == 1


async def test_a_mistake_does_not_use_the_key_up(world_with_keys: World, v1: str) -> None:
    world = world_with_keys
    headers = {"Idempotency-Key": KEY}
    world.registrations.error = Refused((problem("email_malformed", "email"),))
    wrong = await world.client.post(
        f"{v1}/registrations", json={**IDENTITY, "email": "camille"}, headers=headers
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "email_malformed")
    world.registrations.error = None
    right = await world.client.post(f"{v1}/registrations", json=IDENTITY, headers=headers)
    assert right.status_code == 201


async def test_after_a_503_the_key_leads_to_the_same_registration(world_with_keys: World, v1: str) -> None:
    world = world_with_keys
    headers = {"Idempotency-Key": KEY}
    world.registrations.error = Unavailable()
    down = await world.client.post(f"{v1}/registrations", json=IDENTITY, headers=headers)
    assert (down.status_code, down.headers["retry-after"]) == (503, "5")
    world.registrations.error = None
    world.limits.full = {"starts"}  # counted the first time
    up = await world.client.post(f"{v1}/registrations", json=IDENTITY, headers=headers)
    assert up.status_code == 201


@pytest.mark.parametrize("key", ["short", "x" * 129, "0123456789abcde f", "0123456789abcdé"])
async def test_a_key_has_a_shape(world_with_keys: World, v1: str, key: str) -> None:
    answer = await world_with_keys.client.post(
        f"{v1}/registrations", json=IDENTITY, headers={b"Idempotency-Key": key.encode()}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_without_postgresql_nothing_is_started(world: World, v1: str, settings: object) -> None:
    import asyncpg

    pool = await asyncpg.create_pool("postgresql://u:p@127.0.0.1:1/x", min_size=0, max_size=1, timeout=1)
    world.app.state.idempotency = IdempotencyKeys(pool, b"k" * 32)
    answer = await world.client.post(f"{v1}/registrations", json=IDENTITY, headers={"Idempotency-Key": KEY})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not world.registrations.starts
    await pool.close()
