"""The SMTP door of the mailbox: takes every mail for everybody, and delivers none; faults on request."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.mailbox.faults import Faults
from devstack.mailbox.store import Store
from devstack.ports import LOOPBACK

_LARGEST_MAIL = 10_000_000


class _Keeper:
    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self._faults.of([address]):
            case "down":
                _cut(server)
            case "greylist":
                return "451 4.7.1 Greylisted, try again later"
            case "unknown":
                return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        recipients = [str(recipient) for recipient in envelope.rcpt_tos]
        mode = self._faults.of(recipients)
        if mode == "down":
            _cut(server)
            return "421 4.3.2 Closing"
        stored = self._store.add(content, str(envelope.mail_from or ""), recipients)
        if mode == "silence":
            await asyncio.Event().wait()  # until the client hangs up
        if mode == "slow":
            await asyncio.sleep(self._faults.now.seconds)
        return f"250 2.0.0 Ok: queued as {stored.id}"


class _Door(SMTP):
    """One connection."""

    def __init__(self, keeper: _Keeper, faults: Faults, **options: Any) -> None:
        super().__init__(keeper, **options)
        self._faults = faults

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._faults.down:
            _cut(self)


def _cut(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


async def listen(store: Store, port: int, faults: Faults) -> asyncio.Server:
    """Accept mails on this loopback port."""
    loop = asyncio.get_running_loop()
    keeper = _Keeper(store, faults)
    options: dict[str, Any] = {
        "hostname": "localhost",  # else the machine's name is looked up, which may take seconds
        "ident": "Mon Espace devstack",
        "data_size_limit": _LARGEST_MAIL,
        "enable_SMTPUTF8": True,
        "timeout": 60,
    }
    return await loop.create_server(lambda: _Door(keeper, faults, loop=loop, **options), LOOPBACK, port)
