"""INSEE's API Sirene: one question, one of a few answers, or `SireneUnavailable`.

Invariants:
- Unavailable is never an answer. Only INSEE's own word refuses a SIRET: a maintenance page served with
  200, a gateway's 404 or a redirection that names no other SIRET all say nothing of it.
- The whole exchange has one deadline and a bounded body, however slowly the other side drips.
- Neither the key nor the SIRET reaches a log line or an exception.

    status                          what comes of it
    200, one establishment          active | closed | not_public
    200, anything else              unavailable: maintenance | unexpected
    301 towards another SIRET       unknown, marked `replaced`; never followed
    403, 404 by INSEE               not_public, unknown
    400, 401, 403 and 404 by others unavailable, `reason.ours`: no patience of ours will mend it
    429, 5xx                        unavailable, until when if told
    time-out, cut, refused          unavailable
"""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import NamedTuple

import httpx2
from pydantic import SecretStr
from pydantic_core import from_json

from domain.effects import InseeAnswer
from infrastructure.settings import on_this_machine
from infrastructure.sirene_document import UnreadableDocument, read_document

KEY_HEADER = "X-INSEE-Api-Key-Integration"

#: A usual answer has 3 to 10 KB; one with a long history some 50.
BODY_MAX = 512 * 1024
#: What the other side tells is believed within these bounds, in seconds.
WAIT_MIN, WAIT_MAX = 1.0, 600.0
#: The library's own lines hold the address asked, hence the SIRET.
TALKATIVE_LOGGERS = ("httpx2", "httpcore2")


class Reason(StrEnum):
    """Why INSEE gave no answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    MAINTENANCE = "maintenance"
    UNEXPECTED = "unexpected"
    QUOTA = "quota"
    BAD_REQUEST = "bad_request"
    UNAUTHORISED = "unauthorised"
    GATEWAY = "gateway"

    @property
    def ours(self) -> bool:
        """Whether somebody on our side must act: the key, the address or the request is wrong."""
        return self in {Reason.BAD_REQUEST, Reason.UNAUTHORISED, Reason.GATEWAY}


class SireneUnavailable(Exception):
    """INSEE gave no answer. `retry_after`: in how many seconds it may, if it said so."""

    def __init__(self, reason: Reason, retry_after: float | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True)
class SireneAnswer:
    """What INSEE says; `replaced`: the SIRET is unknown because another one took its place."""

    answer: InseeAnswer
    replaced: bool = False


class Reply(NamedTuple):
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class SireneClient:
    """Asks INSEE; holds a connection pool, closed by `aclose` unless it was given."""

    def __init__(
        self, base_url: str, key: SecretStr, timeout: float, http: httpx2.AsyncClient | None = None
    ) -> None:
        """`timeout` bounds the whole exchange, in seconds.

        Raises:
            ValueError: a key that no header can carry.
        """
        secret = key.get_secret_value().strip()
        if not (secret.isascii() and secret.isprintable()):
            raise ValueError("the INSEE key holds characters that no header can carry")
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", KEY_HEADER: secret}
        self._has_key = bool(secret)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._owned = http is None
        self._http = http or http_client(self._base_url, timeout)
        for name in TALKATIVE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)

    async def __aenter__(self) -> "SireneClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._owned:
            await self._http.aclose()

    async def establishment(self, siret: str) -> SireneAnswer:
        """Ask about one establishment.

        Raises:
            SireneUnavailable: no answer; nothing is known of the SIRET.
        """
        if not re.fullmatch(r"[0-9]{14}", siret):
            raise ValueError("expected the 14 digits of a SIRET")
        if not self._has_key:
            raise SireneUnavailable(Reason.UNAUTHORISED)
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._get(f"{self._base_url}/siret/{siret}")
        except (TimeoutError, httpx2.TimeoutException):
            raise SireneUnavailable(Reason.TIMEOUT) from None
        except httpx2.DecodingError:
            raise SireneUnavailable(Reason.UNEXPECTED) from None
        except (httpx2.RequestError, httpx2.InvalidURL):
            raise SireneUnavailable(Reason.UNREACHABLE) from None
        return interpret(siret, reply)

    async def _get(self, url: str) -> Reply:
        body = bytearray()
        async with self._http.stream("GET", url, headers=self._headers, follow_redirects=False) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_MAX:
                    raise SireneUnavailable(Reason.UNEXPECTED)
            return Reply(response.status_code, response.headers, bytes(body))


def http_client(base_url: str, timeout: float) -> httpx2.AsyncClient:
    """A client that follows no redirect."""
    # A proxy named by the environment leads out of the house, never to the stand-in on this machine.
    return httpx2.AsyncClient(
        timeout=timeout, follow_redirects=False, trust_env=not on_this_machine(base_url)
    )


def interpret(siret: str, reply: Reply) -> SireneAnswer:
    """Say what an HTTP answer means.

    Raises:
        SireneUnavailable: it says nothing of the SIRET.
    """
    match reply.status:
        case 200:
            try:
                return SireneAnswer(read_document(siret, reply.body))
            except UnreadableDocument:
                raise SireneUnavailable(
                    Reason.MAINTENANCE if _is_page(reply) else Reason.UNEXPECTED
                ) from None
        case 301 if _names_another(siret, reply):
            return SireneAnswer(InseeAnswer(about=siret, status="unknown"), replaced=True)
        case 403 if _by_insee(reply):
            return SireneAnswer(InseeAnswer(about=siret, status="not_public"))
        case 404 if _by_insee(reply):
            return SireneAnswer(InseeAnswer(about=siret, status="unknown"))
        case 400:
            raise SireneUnavailable(Reason.BAD_REQUEST)
        case 401:
            raise SireneUnavailable(Reason.UNAUTHORISED)
        case 403 | 404:
            raise SireneUnavailable(Reason.GATEWAY)
        case 429:
            raise SireneUnavailable(Reason.QUOTA, told_wait(reply.headers))
        case status if status >= 500:
            raise SireneUnavailable(Reason.SERVER_ERROR, told_wait(reply.headers))
        case _:
            raise SireneUnavailable(Reason.UNEXPECTED)


def _is_page(reply: Reply) -> bool:
    return "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"


def _names_another(siret: str, reply: Reply) -> bool:
    """Whether the redirection leads to another establishment, not merely to another address of this one."""
    target = re.search(r"(?<![0-9])([0-9]{14})/?(?:$|[?#])", reply.headers.get("location", ""))
    return target is not None and target[1] != siret


def _by_insee(reply: Reply) -> bool:
    """Whether a 403 or 404 is INSEE's word on the SIRET.

    The gateway in front says `http_status_code` when the path or the subscription is wrong, and a proxy
    shows a page. An empty body is given the benefit of the doubt: the status is what counts.
    """
    if not reply.body.strip():
        return True
    try:
        document = from_json(reply.body)
    except ValueError:
        return False
    return isinstance(document, dict) and "http_status_code" not in document


def told_wait(headers: Mapping[str, str]) -> float | None:
    """In how many seconds to come back, from `Retry-After` or `X-Rate-Limit-Reset`; None if not told.

    The first is a number of seconds or a date. The second has no standard: a small number is taken for
    seconds, a large one for a moment since 1970, in seconds or milliseconds. Moments are compared with the
    other side's clock where it shows it.
    """
    now = _moment(headers.get("date", "")) or time.time()
    told = headers.get("retry-after", "").strip()
    wait = _number(told)
    if wait is None and (moment := _moment(told)) is not None:
        wait = moment - now
    if wait is None and (reset := _number(headers.get("x-rate-limit-reset", ""))) is not None:
        if reset > 1e11:
            reset /= 1000
        wait = reset - now if reset > 1e9 else reset
    return None if wait is None else min(max(wait, WAIT_MIN), WAIT_MAX)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text.strip()) else None


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
