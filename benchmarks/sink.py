"""A relay that takes every mail and remembers when, and the link in it: the least a mail sink can cost.

It speaks what our worker says to a relay, and nothing more; pipelining and long lines need nothing special.
"""

import asyncio
import re
import time
from email import message_from_bytes
from email.policy import default

from devstack.ports import LOOPBACK

_LINK = re.compile(r"/lien\?jeton=([\w.-]+)")


class Mail:
    """One mail: `at` on this process's clock (perf_counter), the kind its Message-ID names, its link."""

    def __init__(self, at: float, content: bytes) -> None:
        self.at = at
        self._content = content

    @property
    def kind(self) -> str:
        """What the Message-ID begins with."""
        found = re.search(rb"^message-id:\s*<([a-z_-]+)\.", self._content, re.I | re.M)
        return found[1].decode() if found else ""

    def link(self) -> str:
        """The token of the confirmation link."""
        message = message_from_bytes(self._content, policy=default)
        text = message.get_body(("plain",))
        found = _LINK.search(text.get_content()) if text is not None else None
        if found is None:
            raise LookupError("no link in this mail")
        return found[1]


#: Of a colleague who has joined: a contact may get it before they ever come.
NEWS = "newcomer"


class Sink:
    """Every mail, by its recipient, in the order of arrival."""

    def __init__(self) -> None:
        self.mails: dict[str, list[Mail]] = {}
        self.count = 0
        self._awaited: dict[str, asyncio.Future[Mail]] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, port: int) -> None:
        """Take mails on this loopback port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Conversation(self), LOOPBACK, port)

    def close(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()

    def take(self, recipient: str, content: bytes) -> None:
        """Keep a mail, and wake who waits for it."""
        mail = Mail(time.perf_counter(), content)
        self.count += 1
        self.mails.setdefault(recipient, []).append(mail)
        if mail.kind == NEWS:
            return
        if (waiting := self._awaited.pop(recipient, None)) is not None and not waiting.done():
            waiting.set_result(mail)

    async def first(self, recipient: str, within: float = 60.0) -> Mail:
        """The first mail of that mailbox's own registration.

        Raises:
            TimeoutError
        """
        for mail in self.mails.get(recipient, []):
            if mail.kind != NEWS:
                return mail
        waiting = self._awaited.setdefault(recipient, asyncio.get_running_loop().create_future())
        return await asyncio.wait_for(asyncio.shield(waiting), within)


class _Conversation(asyncio.Protocol):
    """One connection of the worker."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._recipients: list[str] = []
        self._reading_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say("220 sink")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._reading_mail else b"\r\n"
            part, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            if self._reading_mail:
                self._reading_mail = False
                for recipient in self._recipients:
                    self._sink.take(recipient, part.replace(b"\r\n..", b"\r\n."))
                self._say("250 2.0.0 taken")
            else:
                self._obey(part.decode("utf-8", "replace"))

    def _obey(self, line: str) -> None:
        match line[:4].upper():
            case "EHLO":
                self._transport.write(b"250-sink\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n")
            case "RCPT":
                self._recipients.append(line.partition("<")[2].partition(">")[0])
                self._say("250 2.1.5 ok")
            case "DATA":
                self._reading_mail = True
                self._say("354 go on")
            case "MAIL" | "RSET":
                self._recipients = []
                self._say("250 2.1.0 ok")
            case "QUIT":
                self._say("221 bye")
                self._transport.close()
            case _:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self._transport.write(f"{line}\r\n".encode())
