"""Log in and log out: one answer for strangers and wrong passwords, limits on wrong tries alone."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from activities.accounts import AccountActivities
from domain.effects import Proof
from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.limits import Limits
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings
from starter.sessions import Login, LoginRefused, TooMany
from tests.accounts.data import claim_order, prove
from tests.conftest import make_settings

PASSWORD = "vélo-caillou-7"
ADDRESS = "zoe@exemple.fr"


class Recording(PasswordHasher):
    """Notes which hashes were checked: what a log-in costs."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.checked: list[str | None] = []

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.checked.append(password_hash)
        return await super().verify(password_hash, password)


class World:
    """A door, and what is behind it."""

    def __init__(self, pool: PoolType, settings: Settings, hasher: Recording) -> None:
        self.pool, self.settings, self.hasher = pool, settings, hasher
        self.now = datetime(2026, 3, 2, 12, 1, tzinfo=UTC)
        self.limits = Limits(pool, b"k" * 32, lambda: self.now)
        self.login = Login(pool, settings, self.limits, hasher)
        self.account_id = uuid4()

    async def attempt(self, password: str, address: str = ADDRESS, client: str = "192.0.2.1") -> str:
        """What becomes of a log-in: `in`, `login_wrong`, `too_many_logins`."""
        try:
            await self.login.log_in(address, password, client)
        except LoginRefused as refused:
            return refused.problem.code
        except TooMany as too_many:
            return too_many.code
        return "in"


@pytest.fixture
def hasher(settings: Settings) -> Iterator[Recording]:
    one = Recording(settings)
    yield one
    one.close()


@pytest_asyncio.fixture
async def world(database: PoolType, settings: Settings, hasher: Recording) -> World:
    order = claim_order(ADDRESS)
    await prove(database, order, await hasher.hash(PASSWORD))
    await AccountActivities(database, settings).create_account(order)
    world = World(database, settings, hasher)
    world.account_id = await database.fetchval("SELECT id FROM accounts")
    return world


@pytest.mark.parametrize("typed", [ADDRESS, "ZOE@Exemple.fr", f"  {ADDRESS} "])
async def test_in_and_out(world: World, typed: str) -> None:
    token = await world.login.log_in(typed, PASSWORD, "192.0.2.1")
    assert await world.login.account(token) == world.account_id
    home = await world.login.home(world.account_id)
    assert (home.person.first_name, [a.proof for a in home.attachments]) == ("Zoé", [Proof.MEMBER_NUMBER])
    await world.login.log_out(token)
    assert await world.login.account(token) is None


async def test_each_log_in_has_its_own_session(world: World) -> None:
    tokens = [await world.login.log_in(ADDRESS, PASSWORD, "192.0.2.1") for _ in range(3)]
    assert len(set(tokens)) == 3


@pytest.mark.parametrize(
    ("address", "password"),
    [
        (ADDRESS, "wrong"),
        (ADDRESS, ""),
        (ADDRESS, PASSWORD.upper()),
        ("autre@exemple.fr", PASSWORD),
        ("zoe+x@exemple.fr", PASSWORD),
        ("no address", PASSWORD),
        ("", PASSWORD),
        ("zoe@exemple.fr\0", PASSWORD),
        ("zoe\ud800@exemple.fr", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
async def test_one_answer_for_whatever_is_wrong(world: World, address: str, password: str) -> None:
    with pytest.raises(LoginRefused) as caught:
        await world.login.log_in(address, password, "192.0.2.1")
    assert caught.value.problem == LoginRefused().problem
    assert str(caught.value) == "login_wrong"
    assert len(world.hasher.checked) == 1, "a hash is computed in any case"
    assert await world.pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_a_stranger_costs_the_same_work_as_a_wrong_password(world: World) -> None:
    async def traces(address: str) -> tuple[int, list[int]]:
        await world.pool.execute("DELETE FROM limit_hits")
        world.hasher.checked.clear()
        assert await world.attempt("wrong", address) == "login_wrong"
        hits = await world.pool.fetch("SELECT hits FROM limit_hits ORDER BY bucket")
        return len(world.hasher.checked), [row["hits"] for row in hits]

    assert await traces(ADDRESS) == await traces("autre@exemple.fr") == (1, [1, 1])


@pytest.mark.parametrize("address", [ADDRESS, "autre@exemple.fr"])
async def test_five_wrong_tries_an_account_and_no_sixth_whoever_asks(world: World, address: str) -> None:
    tries = [await world.attempt("wrong", address, f"192.0.2.{n}") for n in range(7)]
    assert tries == ["login_wrong"] * 5 + ["too_many_logins"] * 2
    assert await world.attempt(PASSWORD, address) == "too_many_logins"
    assert len(world.hasher.checked) == 5, "beyond the limit no hash is computed"


async def test_the_limit_says_until_when_and_ends_then(world: World) -> None:
    for _ in range(5):
        await world.attempt("wrong")
    with pytest.raises(TooMany) as caught:
        await world.login.log_in(ADDRESS, PASSWORD, "192.0.2.1")
    assert caught.value.until == datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
    world.now = caught.value.until - timedelta(seconds=1)
    assert await world.attempt(PASSWORD) == "too_many_logins"
    world.now = caught.value.until
    assert await world.attempt(PASSWORD) == "in"


async def test_twenty_wrong_tries_a_client_over_all_accounts(world: World) -> None:
    tries = [await world.attempt("wrong", f"n{n}@exemple.fr") for n in range(22)]
    assert tries == ["login_wrong"] * 20 + ["too_many_logins"] * 2
    assert await world.attempt(PASSWORD) == "too_many_logins"
    assert await world.attempt(PASSWORD, client="198.51.100.7") == "in"


async def test_no_address_at_all_counts_for_the_client_alone(world: World) -> None:
    tries = [await world.attempt("wrong", "no address") for _ in range(21)]
    assert tries == ["login_wrong"] * 20 + ["too_many_logins"]
    assert await world.attempt("wrong", "no address", "198.51.100.7") == "login_wrong"


async def test_right_passwords_do_not_count(world: World) -> None:
    for _ in range(25):
        assert await world.attempt(PASSWORD) == "in"
    assert [await world.attempt("wrong") for _ in range(4)] == ["login_wrong"] * 4
    assert await world.attempt(PASSWORD) == "in"
    assert await world.attempt("wrong") == "login_wrong"
    assert await world.attempt(PASSWORD) == "too_many_logins"


async def test_what_the_account_refuses_is_not_held_against_the_client(world: World) -> None:
    for _ in range(30):
        await world.attempt("wrong")
    assert await world.attempt("wrong", "autre@exemple.fr") == "login_wrong"


async def test_guesses_at_once_are_no_more_than_guesses_in_turn(world: World) -> None:
    tries = await asyncio.gather(*(world.attempt("wrong", client=f"192.0.2.{n}") for n in range(20)))
    assert sorted(tries) == ["login_wrong"] * 5 + ["too_many_logins"] * 15
    assert len(world.hasher.checked) == 5


async def test_a_hash_of_yesterdays_cost_is_renewed_by_a_right_password(world: World) -> None:
    today = world.settings.model_copy(update={"argon2_memory_kib": 128})
    hasher = PasswordHasher(today)
    login = Login(world.pool, today, world.limits, hasher)
    before = await world.pool.fetchrow("SELECT password_hash, changed_at FROM credentials")
    with pytest.raises(LoginRefused):
        await login.log_in(ADDRESS, "wrong", "192.0.2.1")
    assert await world.pool.fetchrow("SELECT password_hash, changed_at FROM credentials") == before
    await login.log_in(ADDRESS, PASSWORD, "192.0.2.1")
    after = await world.pool.fetchrow("SELECT password_hash, changed_at FROM credentials")
    assert before is not None
    assert after is not None
    assert after["password_hash"].startswith("$argon2id$v=19$m=128,")
    assert after["changed_at"] == before["changed_at"]
    assert await world.attempt(PASSWORD) == "in"
    hasher.close()


async def test_the_home_of_nobody(world: World) -> None:
    with pytest.raises(LookupError):
        await world.login.home(UUID(int=0))


async def test_without_postgresql_nobody_gets_in_and_no_hash_is_computed(hasher: Recording) -> None:
    settings = make_settings("postgresql://nobody:x@127.0.0.1:1/nothing")
    pool = await connect(settings)
    login = Login(pool, settings, Limits(pool, b"k" * 32), hasher)
    with pytest.raises(DatabaseUnavailable):
        await login.log_in(ADDRESS, PASSWORD, "192.0.2.1")
    assert hasher.checked == []
    await pool.close()


async def test_the_present_password_is_asked_under_the_limits_of_logging_in(world: World) -> None:
    await world.login.prove(world.account_id, PASSWORD, "192.0.2.1")
    for _ in range(world.settings.logins_per_account):
        with pytest.raises(LoginRefused):
            await world.login.prove(world.account_id, "faux", "192.0.2.1")
    with pytest.raises(TooMany):
        await world.login.prove(world.account_id, PASSWORD, "192.0.2.1")
    assert await world.attempt(PASSWORD) == "too_many_logins"
    with pytest.raises(LookupError):
        await world.login.prove(uuid4(), PASSWORD, "192.0.2.9")
