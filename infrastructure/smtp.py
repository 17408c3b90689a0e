"""One message to the relay, and what its answer means.

    answer                                              meaning                      outcome
    ────────────────────────────────────────────────── ──────────────────────────── ─────────────────────
    250 after DATA                                      the relay has it             Delivered
    5xx at RCPT                                         no such mailbox              MailboxRefused
    5xx at RCPT about relaying, policy, authentication  our configuration            RelayUnavailable
    4xx at RCPT, at MAIL, at DATA                       busy, greylisted             RelayUnavailable
    5xx at MAIL, at DATA, at AUTH; no STARTTLS          our configuration            RelayUnavailable
    no connection, connection lost, silence             not known whether it left    RelayUnavailable

Only the second row is about the person: everything else is tried again, so that a mistake of ours never
becomes « corrigez votre adresse ». No text made here holds an address or what the relay wrote about one.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

import aiosmtplib

from infrastructure.settings import Settings

#: A conversation is some ten exchanges, each with its own limit; all of them together have this many.
PATIENCE = 3
#: A relay that is slow to say goodbye is not waited for.
QUIT_TIMEOUT = 1.0
#: Seconds for which an idle connection is kept: less than relays have patience for.
KEPT = 15.0
#: Seconds within which a kept connection has to show that it still lives.
RSET_TIMEOUT = 2.0

#: Codes at RCPT that speak of our commands or our credentials.
_OURS = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
#: The middle digit of an enhanced code: mail system, network protocol, content, security and policy.
_ENHANCED_OURS = re.compile(r"5\.[3567]\.\d")


@dataclass(frozen=True)
class Delivered:
    """The relay took the message; `reply` is its answer."""

    reply: str


@dataclass(frozen=True)
class MailboxRefused:
    """The relay says there is no such mailbox."""

    code: int


class RelayUnavailable(Exception):
    """The message has not left, or it is not known whether it did: to be tried again with the same bytes.

    `code` is the relay's code, or a word: `connect`, `timeout`, `disconnected`, `tls`, `protocol`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"relais SMTP indisponible ({code})")
        self.code = code


class SmtpRelay:
    """The relay of the settings; connections are kept for the next message for a while.

    A connection serves one message at a time, so there are as many as messages under way; only one that
    ended a message in order is used again, and only after the relay has answered a RSET: one that was cut
    meanwhile costs a new connection, never a message.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}

    async def __aenter__(self) -> "SmtpRelay":
        return self

    async def __aexit__(self, *failure: object) -> None:
        while self._idle:
            client, expiry = self._idle.popitem()
            expiry.cancel()
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit(timeout=QUIT_TIMEOUT)
            client.close()

    async def deliver(self, sender: str, recipient: str, message: bytes) -> Delivered | MailboxRefused:
        """Hand the message over.

        Raises:
            RelayUnavailable: whenever another try may end differently.
        """
        client = None
        in_order = False
        try:
            async with asyncio.timeout(self._settings.smtp_timeout * PATIENCE):
                client = await self._kept() or await self._connected(sender)
                _, reply = await client.sendmail(sender, [recipient], message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            # 451 and 550 raise the same exception: only the code tells them apart.
            answer = error.recipients[0]
            if _is_about_the_mailbox(answer.code, answer.message):
                in_order = True
                return MailboxRefused(answer.code)
            raise RelayUnavailable(str(answer.code)) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise RelayUnavailable(_code(error)) from None
        else:
            in_order = True
            return Delivered(_without_addresses(f"250 {reply}"))
        finally:
            if client is not None and in_order and client.is_connected:
                expiry = asyncio.get_running_loop().call_later(KEPT, self._expire, client)
                self._idle[client] = expiry
            elif client is not None:
                client.close()

    async def _kept(self) -> aiosmtplib.SMTP | None:
        """The connection used last that is still good; those that are not are closed."""
        while self._idle:
            client, expiry = self._idle.popitem()
            expiry.cancel()
            try:
                await client.rset(timeout=RSET_TIMEOUT)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
            except BaseException:
                client.close()
                raise
            else:
                return client
        return None

    async def _connected(self, sender: str) -> aiosmtplib.SMTP:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            # Else the machine's name is looked up, which takes seconds where there is no DNS.
            local_hostname=sender.rpartition("@")[2],
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() if settings.smtp_username else None,
            timeout=settings.smtp_timeout,
            use_tls=settings.smtp_tls == "implicit",
            # Never None: it would fall back to clear text when a relay offers no TLS.
            start_tls=settings.smtp_tls == "starttls",
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    def _expire(self, client: aiosmtplib.SMTP) -> None:
        del self._idle[client]
        client.close()


def _is_about_the_mailbox(code: int, text: str) -> bool:
    return 500 <= code < 600 and code not in _OURS and not _ENHANCED_OURS.match(text)


def _code(error: Exception) -> str:
    match error:
        case aiosmtplib.SMTPResponseException():
            return str(error.code)
        case aiosmtplib.SMTPConnectTimeoutError() | aiosmtplib.SMTPConnectError():
            return "connect"
        case TimeoutError():
            return "timeout"
        case aiosmtplib.SMTPServerDisconnected():
            return "disconnected"
        case aiosmtplib.SMTPException() if "STARTTLS" in error.message:
            return "tls"
        case aiosmtplib.SMTPException():
            return "protocol"
        case _:
            return "tls"


def _without_addresses(reply: str) -> str:
    words = (word for word in reply.split() if "@" not in word)
    return " ".join(words)[:120]
