"""Each row of the table in infrastructure/smtp.py, against a relay that answers as scripted."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from infrastructure import smtp
from infrastructure.settings import Settings
from infrastructure.smtp import Delivered, MailboxRefused, RelayUnavailable, SmtpRelay
from tests.conftest import make_settings
from tests.mails.relay import Relay, running

SENDER = "ne-pas-repondre@monespace.example"
TO = "claire.dupont@masociete.com"
MESSAGE = b"Subject: x\r\n\r\nBonjour\r\n.\r\n..fin\r\n"


def _settings(relay: Relay, **changes: Any) -> Settings:
    values = {"smtp_port": relay.port, "smtp_timeout": 5.0, **changes}
    return make_settings("postgresql://u:p@127.0.0.1:1/x").model_copy(update=values)


async def _send(relay: Relay, **changes: Any) -> Delivered | MailboxRefused:
    async with SmtpRelay(_settings(relay, **changes)) as sender:
        return await sender.deliver(SENDER, TO, MESSAGE)


async def _unavailable(relay: Relay, **changes: Any) -> str:
    with pytest.raises(RelayUnavailable) as raised:
        await _send(relay, **changes)
    assert "@" not in str(raised.value)
    assert raised.value.__cause__ is None
    return raised.value.code


async def test_the_relay_takes_it_as_it_is() -> None:
    async with running(Relay()) as relay:
        outcome = await _send(relay)
    assert outcome == Delivered("250 2.0.0 OK queued as 4711 for")  # without the address the relay repeats
    assert (relay.senders, relay.recipients, relay.taken) == ([SENDER], [TO], [MESSAGE])


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 No such user", "550 no", "551 moved", "552 5.2.2 full", "553 bad name", "554 no"]
)
async def test_5xx_at_rcpt_is_the_mailbox(answer: str) -> None:
    async with running(Relay(rcpt=answer)) as relay:
        assert await _send(relay) == MailboxRefused(int(answer[:3]))
    assert relay.taken == []


@pytest.mark.parametrize(
    "answer", ["450 4.2.0 greylisted", "451 4.7.1 try later", "452 4.2.2 full", "421 bye"]
)
async def test_4xx_at_rcpt_is_tried_again(answer: str) -> None:
    async with running(Relay(rcpt=answer)) as relay:
        assert await _unavailable(relay) == answer[:3]


@pytest.mark.parametrize(
    "answer",
    [
        "554 5.7.1 <claire@x.fr>: Relay access denied",
        "530 5.7.0 Authentication required",
        "503 5.5.1 MAIL first",
        "550 5.3.2 System not accepting messages",
    ],
)
async def test_5xx_at_rcpt_about_ourselves_never_blames_the_person(answer: str) -> None:
    async with running(Relay(rcpt=answer)) as relay:
        assert await _unavailable(relay) == answer[:3]


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "550 5.7.1 sender <x@y.fr> refused", "530 log in"])
async def test_a_refused_sender_is_tried_again(answer: str) -> None:
    async with running(Relay(mail=answer)) as relay:
        assert await _unavailable(relay) == answer[:3]


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "554 5.6.0 content", "550 5.1.1 said too late"])
async def test_a_refused_message_is_tried_again(answer: str) -> None:
    async with running(Relay(data=answer)) as relay:
        assert await _unavailable(relay) == answer[:3]


async def test_silence_after_data_is_not_known_and_tried_again() -> None:
    async with running(Relay(data=None)) as relay:
        assert await _unavailable(relay, smtp_timeout=0.4) == "timeout"
    assert relay.taken == [MESSAGE]


async def test_a_connection_lost_after_data_is_not_known_and_tried_again() -> None:
    async with running(Relay(hang_up_after_data=True)) as relay:
        assert await _unavailable(relay) == "disconnected"
    assert relay.taken == [MESSAGE]


async def test_nobody_listens() -> None:
    async with running(Relay()) as relay:
        pass
    assert await _unavailable(relay) == "connect"


@asynccontextmanager
async def _raw(*lines: bytes, then_wait: bool = True) -> AsyncIterator[Relay]:
    """A relay that says these lines whatever it hears: one at once, then one for each line it reads."""
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line)
            await reader.readline()
        if then_wait:
            await ended.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield Relay(port=server.sockets[0].getsockname()[1])
    finally:
        ended.set()
        server.close()
        await asyncio.sleep(0.01)


async def test_no_greeting() -> None:
    async with _raw(b"") as relay:
        assert await _unavailable(relay, smtp_timeout=0.3) == "connect"


async def test_a_greeting_that_refuses() -> None:
    async with _raw(b"554 5.7.1 blocked\r\n") as relay:
        assert await _unavailable(relay) == "554"


async def test_what_is_no_smtp() -> None:
    async with _raw(b"HTTP/1.1 400 Bad Request\r\n", then_wait=False) as relay:
        assert await _unavailable(relay) in {"-1", "connect", "protocol"}


async def test_a_relay_that_is_slow_at_everything_is_given_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Each answer comes within its own limit: only the limit of the whole conversation ends this.
        for line in [b"220 x\r\n", *[b"250 ok\r\n"] * 3, b"354 go\r\n", b"250 ok\r\n"]:
            await asyncio.sleep(0.35)
            writer.write(line)
            await reader.readline()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    relay = Relay(port=server.sockets[0].getsockname()[1])
    assert await _unavailable(relay, smtp_timeout=0.5) == "timeout"
    server.close()
    await asyncio.sleep(0.4)


async def test_a_relay_that_does_not_say_goodbye_has_taken_it() -> None:
    lines = [b"220 x\r\n", b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line)
            heard = await reader.readline()
        while heard != b".\r\n":
            heard = await reader.readline()
        writer.write(b"250 queued\r\n")
        await reader.read()  # QUIT is heard and not answered
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    relay = Relay(port=server.sockets[0].getsockname()[1])
    assert await _send(relay, smtp_timeout=2.0) == Delivered("250 queued")
    server.close()
    await asyncio.sleep(0.01)


# ---- connections kept ------------------------------------------------------------------------------


async def test_a_connection_serves_one_message_after_the_other() -> None:
    async with running(Relay()) as relay, SmtpRelay(_settings(relay)) as sender:
        for _ in range(3):
            await sender.deliver(SENDER, TO, MESSAGE)
        relay.rcpt = "550 5.1.1 No such user"
        assert await sender.deliver(SENDER, TO, MESSAGE) == MailboxRefused(550)
        relay.rcpt = ""
        assert isinstance(await sender.deliver(SENDER, TO, MESSAGE), Delivered)
    assert (len(relay.taken), relay.connections) == (4, 1)


async def test_messages_at_once_have_a_connection_each() -> None:
    async with running(Relay(delay=0.1)) as relay, SmtpRelay(_settings(relay)) as sender:
        await asyncio.gather(*(sender.deliver(SENDER, TO, MESSAGE) for _ in range(4)))
        await asyncio.gather(*(sender.deliver(SENDER, TO, MESSAGE) for _ in range(4)))
    assert (len(relay.taken), relay.connections) == (8, 4)


async def test_a_connection_that_went_wrong_is_not_used_again() -> None:
    async with running(Relay(data="451 4.3.0 later")) as relay, SmtpRelay(_settings(relay)) as sender:
        with pytest.raises(RelayUnavailable):
            await sender.deliver(SENDER, TO, MESSAGE)
        relay.data = ""
        await sender.deliver(SENDER, TO, MESSAGE)
    assert (len(relay.taken), relay.connections) == (1, 2)


async def test_a_connection_cut_meanwhile_costs_another_one_and_no_message() -> None:
    async with running(Relay()) as relay, SmtpRelay(_settings(relay)) as sender:
        await sender.deliver(SENDER, TO, MESSAGE)
        relay.cut()
        await sender.deliver(SENDER, TO, MESSAGE)
    assert (len(relay.taken), relay.connections) == (2, 2)


async def test_an_idle_connection_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "KEPT", 0.05)
    async with running(Relay()) as relay, SmtpRelay(_settings(relay)) as sender:
        await sender.deliver(SENDER, TO, MESSAGE)
        await asyncio.sleep(0.2)
        await sender.deliver(SENDER, TO, MESSAGE)
    assert (len(relay.taken), relay.connections) == (2, 2)


# ---- authentication and TLS ------------------------------------------------------------------------


async def test_authentication() -> None:
    async with running(Relay(password="right")) as relay:
        known = {"smtp_username": "akto", "smtp_password": SecretStr("right")}
        assert isinstance(await _send(relay, **known), Delivered)
        assert await _unavailable(relay, **{**known, "smtp_password": SecretStr("wrong")}) == "535"
        assert await _unavailable(relay) == "530"  # the relay wants a log-in and the settings bring none
    assert len(relay.taken) == 1


async def test_starttls_required_and_absent_sends_nothing_in_clear() -> None:
    async with running(Relay()) as relay:
        assert await _unavailable(relay, smtp_tls="starttls") == "tls"
    assert relay.taken == []


async def test_implicit_tls_towards_a_relay_in_clear() -> None:
    async with running(Relay()) as relay:
        assert await _unavailable(relay, smtp_tls="implicit") == "connect"


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
async def test_tls(mode: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    relay = Relay(password="right")
    known = {"smtp_username": "akto", "smtp_password": SecretStr("right"), "smtp_tls": mode}
    async with running(relay, **{mode: context}):
        # Nobody vouches for the certificate: the password is not even shown.
        assert await _unavailable(relay, **known) in {"tls", "connect"}
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert isinstance(await _send(relay, **known), Delivered)
    assert len(relay.taken) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and its own certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path
