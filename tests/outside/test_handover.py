"""Hand-over to the real portal, a scripted HTTP receiver: down, failing, slow, twice; order, signature."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr

from devstack.ports import free_port
from infrastructure import outbox
from infrastructure.account_creation import create_account
from infrastructure.database import PoolType, transaction
from infrastructure.handover import DELIVERY_LOCK, Handover, NotTaken
from infrastructure.outbox import NewEvent, acknowledge, after, append
from infrastructure.settings import Settings, SettingsError, load_settings
from tests.accounts.data import BAKERY, add_establishment, claim_order, prove

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver:
    """A portal that answers as told; keeps heads and bodies."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.pause = 0.0
        self.port = 0

    @property
    def numbers(self) -> list[int]:
        return [json.loads(body)["number"] for _, body in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.append((headers, body))
                await asyncio.sleep(self.pause)
                answer = self.answers.pop(0) if self.answers else b"204 No Content"
                if answer is None:
                    return
                writer.write(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(receiver: Receiver, port: int = 0) -> AsyncIterator[None]:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with listening(receiver):
        yield receiver


def handover(pool: PoolType, settings: Settings, port: int, timeout: float = 2.0) -> Handover:
    changed = settings.model_copy(
        update={
            "handover_url": f"http://127.0.0.1:{port}/evenements",
            "handover_secret": SecretStr(SECRET),
            "handover_timeout": timeout,
        }
    )
    return Handover(pool, changed, idle=0.02, first_wait=0.02, longest_wait=0.1)


async def add(pool: PoolType, *names: str) -> None:
    async with transaction(pool) as connection:
        await append(connection, uuid4(), [NewEvent(name, {"nom": "Zoé"}) for name in names])


async def once(sender: Handover) -> int:
    async with httpx2.AsyncClient(timeout=2.0) as http:
        return await sender.deliver(http)


@asynccontextmanager
async def running(*senders: Handover) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def undelivered(pool: PoolType) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM account_events WHERE delivered_at IS NULL"))


async def until_delivered(pool: PoolType) -> None:
    async with asyncio.timeout(20):
        while await undelivered(pool):  # noqa: ASYNC110 - what is awaited happens in PostgreSQL
            await asyncio.sleep(0.02)


async def test_an_account_travels_signed(database: PoolType, settings: Settings, receiver: Receiver) -> None:
    await add_establishment(database, BAKERY, name="Boulangerie Léon")
    order = claim_order(idcc="1486")
    await prove(database, order)
    assert await create_account(database, order) == "created"
    assert await once(handover(database, settings, receiver.port)) == 2
    (head, body), (_, attachment) = receiver.received
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, signed, sha256)).decode()
    assert head["webhook-signature"] == f"v1,{expected}"
    assert head["content-type"] == "application/json"
    account = json.loads(body)
    assert list(account) == ["id", "number", "type", "timestamp", "data"]
    assert account["id"] == head["webhook-id"]
    assert (account["type"], account["data"]["email"]) == ("account.created", "zoe@exemple.fr")
    data = json.loads(attachment)["data"]
    assert (data["siret"], data["idcc"], data["idcc_in_akto"]) == (BAKERY, "1486", False)
    assert await undelivered(database) == 0
    assert await once(handover(database, settings, receiver.port)) == 0


async def test_nothing_is_told_of_what_was_rolled_back(database: PoolType) -> None:
    async def fails() -> None:
        async with transaction(database) as connection:
            await append(connection, uuid4(), [NewEvent("x", {})])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await after(database, 0, 10) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [(b"500 No", "500"), (b"410 Gone", "410"), (b"302 Found", "302"), (None, "unreachable")],
)
async def test_what_is_not_taken_stays_and_nothing_passes_it(
    database: PoolType, settings: Settings, receiver: Receiver, answer: bytes | None, why: str
) -> None:
    await add(database, "a", "b")
    receiver.answers = [answer]
    with pytest.raises(NotTaken, match=why):
        await once(handover(database, settings, receiver.port))
    assert len(receiver.received) == 1
    row = await database.fetchrow("SELECT attempts, last_failure FROM account_events ORDER BY id LIMIT 1")
    assert row is not None
    assert tuple(row) == (1, why)
    assert await once(handover(database, settings, receiver.port)) == 2
    first, again, _ = [head["webhook-id"] for head, _ in receiver.received]
    assert first == again
    assert receiver.received[0][1] == receiver.received[1][1], "the same bytes"


async def test_a_slow_portal_has_a_limit(database: PoolType, settings: Settings, receiver: Receiver) -> None:
    await add(database, "a")
    receiver.pause = 1.0
    with pytest.raises(NotTaken, match="timeout"):
        await once(handover(database, settings, receiver.port, timeout=0.1))
    assert await undelivered(database) == 1


async def test_down_then_back_everything_arrives_in_order(database: PoolType, settings: Settings) -> None:
    await add(database, *"abcde")
    receiver, port = Receiver(), free_port()
    receiver.answers = [b"503 No", None, b"500 No"]
    async with running(handover(database, settings, port)):
        await asyncio.sleep(0.2)
        assert await undelivered(database) == 5
        async with listening(receiver, port):
            await until_delivered(database)
    taken = list(dict.fromkeys(receiver.numbers))
    assert taken == sorted(taken)
    assert len(taken) == 5
    assert receiver.numbers == sorted(receiver.numbers), "never one before its turn"


async def test_two_workers_deliver_each_event_once(
    database: PoolType, settings: Settings, receiver: Receiver
) -> None:
    senders = [handover(database, settings, receiver.port) for _ in range(2)]
    async with running(*senders):
        for _ in range(5):
            await add(database, *"abcdefgh")
        await until_delivered(database)
    assert receiver.numbers == sorted(set(receiver.numbers))
    assert len(receiver.numbers) == 40


async def test_a_worker_killed_before_its_note_delivers_the_same_event_again(
    database: PoolType, settings: Settings, receiver: Receiver
) -> None:
    await add(database, "a")
    receiver.pause = 0.2
    killed = asyncio.create_task(once(handover(database, settings, receiver.port)))
    async with asyncio.timeout(5):
        while not receiver.received:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    receiver.pause = 0.0
    async with running(handover(database, settings, receiver.port)):
        await until_delivered(database)
    assert len({head["webhook-id"] for head, _ in receiver.received}) == 1
    assert len(receiver.received) == 2


async def test_a_lock_held_elsewhere_is_respected(
    database: PoolType, settings: Settings, receiver: Receiver
) -> None:
    await add(database, "a")
    async with database.acquire() as connection:
        await connection.execute(f"SELECT pg_advisory_lock({DELIVERY_LOCK})")
        assert await once(handover(database, settings, receiver.port)) == 0
    assert receiver.received == []


async def test_numbers_grow_in_the_order_of_commits(database: PoolType) -> None:
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(database) as connection:
            await append(connection, uuid4(), [NewEvent("slow", {})])
            entered.set()
            await go.wait()

    first = asyncio.create_task(slow())
    await entered.wait()
    second = asyncio.create_task(add(database, "quick"))
    await asyncio.sleep(0.1)
    assert await after(database, 0, 10) == [], "nobody reads past the one that is not committed"
    go.set()
    await asyncio.gather(first, second)
    assert [event.type for event in await after(database, 0, 10)] == ["slow", "quick"]


async def test_reading_on_from_a_number_and_acknowledging(database: PoolType) -> None:
    await add(database, *"abc")
    events = await after(database, 0, 2)
    assert [event.type for event in events] == ["a", "b"]
    assert [event.type for event in await after(database, events[-1].number, 10)] == ["c"]
    assert await acknowledge(database, events[-1].number) == 2
    async with transaction(database) as connection:
        assert [event.type for event in await outbox.pending(connection, 10)] == ["c"]
    assert all(isinstance(event.id, UUID) for event in events)


@pytest.mark.parametrize(
    ("url", "secret", "fine"),
    [
        ("https://portail.akto.example/x", SECRET, True),
        ("http://127.0.0.1:9/x", SECRET, True),
        ("", "", True),
        ("http://portail.akto.example/x", SECRET, False),
        ("https://portail.akto.example/x", "", False),
        ("https://portail.akto.example/x", "whsec_!", False),
        ("ftp://x", SECRET, False),
    ],
)
def test_settings_refuse_what_is_not_safe(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str, secret: str, fine: bool
) -> None:
    for name in ("database_url", "payload_keys", "link_keys", "hash_key"):
        monkeypatch.setenv(f"AKTO_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("AKTO_HANDOVER_URL", url)
    monkeypatch.setenv("AKTO_HANDOVER_SECRET", secret)
    if fine:
        assert load_settings().handover_url == url
    else:
        with pytest.raises(SettingsError, match=r"\AAKTO_HANDOVER_URL") as caught:
            load_settings()
        assert SECRET not in str(caught.value)
