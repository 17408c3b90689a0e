"""A relay that does as it is told: what it answers to each command is a script."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Relay:
    """What to answer, and what was taken. An empty answer means the usual one; None means silence."""

    mail: str = ""
    rcpt: str = ""
    data: str | None = ""
    #: Drops the connection once it has the message, before it answers.
    hang_up_after_data: bool = False
    #: Takes that long with each message.
    delay: float = 0.0
    password: str = ""
    port: int = 0
    #: Connections that were opened.
    connections: int = 0
    servers: list[SMTP] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    #: Set whenever a message has come in, before the answer.
    has_message: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        parsed = [message_from_bytes(raw, policy=policy.default) for raw in self.taken]
        return [message for message in parsed if isinstance(message, EmailMessage)]

    def cut(self) -> None:
        """Drop the connections that are open, as a relay does with idle ones."""
        for server in self.servers:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.rcpt:
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not self.data:
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
            self.senders.append(envelope.mail_from or "")
            self.recipients += envelope.rcpt_tos
            self.has_message.set()
        await asyncio.sleep(self.delay)
        if self.data is None:
            await asyncio.Event().wait()
        if self.hang_up_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.data or "250 2.0.0 OK queued as 4711 for <somebody@example.org>"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """Only one password is right."""
        return AuthResult(success=login.password == self.password.encode(), handled=False)


@asynccontextmanager
async def running(
    relay: Relay, *, starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None
) -> AsyncIterator[Relay]:
    """The relay listens on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        with warnings.catch_warnings():
            # A password in clear is what some of the tests are about.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            server = SMTP(
                relay,
                hostname="relay.example",
                loop=loop,
                tls_context=starttls,
                require_starttls=bool(starttls),
                auth_required=bool(relay.password),
                auth_require_tls=False,
                authenticator=relay.authenticate,
            )
        relay.connections += 1
        relay.servers.append(server)
        return server

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=implicit)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await asyncio.sleep(0)
