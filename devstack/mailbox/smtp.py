"""The SMTP door of the mailbox: takes every mail for everybody, and delivers none."""

import asyncio
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.mailbox.store import Store
from devstack.ports import LOOPBACK

_LARGEST_MAIL = 10_000_000


class _Keeper:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        recipients = [str(recipient) for recipient in envelope.rcpt_tos]
        stored = self._store.add(content, str(envelope.mail_from or ""), recipients)
        return f"250 2.0.0 Ok: queued as {stored.id}"


async def listen(store: Store, port: int) -> asyncio.Server:
    """Accept mails on this loopback port."""
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {
        "hostname": "localhost",  # else the machine's name is looked up, which may take seconds
        "ident": "Mon Espace devstack",
        "data_size_limit": _LARGEST_MAIL,
        "enable_SMTPUTF8": True,
        "timeout": 60,
    }
    return await loop.create_server(partial(SMTP, _Keeper(store), loop=loop, **options), LOOPBACK, port)
