"""The public API Recherche d'entreprises: which collective agreements an establishment is known for.

A comfort and never a proof: the person confirms, or types another. Whatever goes wrong, nothing is suggested
and nobody waits; after a failure nobody is asked for a while. It needs no key and allows 7 questions a
second and address; each process keeps to fewer.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx2
import structlog
from pydantic_core import from_json

from domain.idcc import NO_AGREEMENT, NOT_IN_FORCE, read_idcc
from infrastructure.sirene import http_client, told_wait

log = structlog.get_logger(__name__)

PER_SECOND = 5
#: Seconds during which nobody is asked after a failure that says nothing of when to come back.
PAUSE = 30.0
BODY_MAX = 512 * 1024
#: A list longer than this helps nobody to choose.
SUGGESTIONS_MAX = 4
USER_AGENT = "mon-espace-akto (inscription)"


class CompaniesClient:
    """Asks for suggestions; `aclose` closes its connections."""

    def __init__(self, url: str, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`timeout` bounds the whole exchange, in seconds. An empty `url`: nobody is asked."""
        self._url = url
        self._timeout = timeout
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=PER_SECOND)
        self._closed_until = float("-inf")
        self._http = http_client(url, timeout)

    async def __aenter__(self) -> "CompaniesClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def suggest(self, siret: str) -> tuple[str, ...] | None:
        """The agreements the establishment is known for, in force and in four digits; None: no answer.

        Never raises for what the other side does.
        """
        now = self._clock()
        full = len(self._asked) == PER_SECOND and now - self._asked[0] < 1.0
        if not self._url or now < self._closed_until or full:
            return None
        self._asked.append(now)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._ask(siret)
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            self._pause(type(error).__name__)
            return None

    async def _ask(self, siret: str) -> tuple[str, ...] | None:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        query = {"q": siret, "page": "1", "per_page": "1"}
        body = bytearray()
        async with self._http.stream("GET", f"{self._url}/search", params=query, headers=headers) as response:
            if response.status_code != 200:
                self._pause(str(response.status_code), told_wait(response.headers))
                return None
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_MAX:
                    raise ValueError
        return read_agreements(siret, from_json(bytes(body)))

    def _pause(self, reason: str, wait: float | None = None) -> None:
        self._closed_until = self._clock() + (PAUSE if wait is None else wait)
        log.info("no_suggestion", reason=reason)


def read_agreements(siret: str, document: Any) -> tuple[str, ...]:
    """The agreements that the answer gives for that very establishment; raises ValueError if it is none."""
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise ValueError("not an answer")
    found: dict[str, None] = {}
    for company in document["results"]:
        establishments = company.get("matching_etablissements") if isinstance(company, dict) else None
        for one in establishments if isinstance(establishments, list) else ():
            if isinstance(one, dict) and one.get("siret") == siret:
                found.update(dict.fromkeys(_usable(one.get("liste_idcc"))))
    return tuple(found)[:SUGGESTIONS_MAX]


def _usable(listed: Any) -> list[str]:
    read = [read_idcc(one)[0] for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return [idcc for idcc in read if idcc and idcc not in {NO_AGREEMENT, NOT_IN_FORCE}]
