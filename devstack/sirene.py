"""INSEE's stand-in: the real wire format over HTTP, with its key, its quota and faults to switch on.

    GET  /api-sirene/3.11/siret/{siret}   as INSEE answers; the key in X-INSEE-Api-Key-Integration
    GET  /api-sirene/3.11/informations    the service's health
    GET  /faults, PUT /faults             {"mode": "down", "seconds": 8, "sirets": []}
    GET  /calls, DELETE /calls            what was asked so far
    GET  /                                the same for a person: a table of cases, buttons
    GET  /recherche-entreprises/search    another public API's stand-in: companies_search.py

`python -m uvicorn devstack.sirene:create_app --factory`. In the environment: MON_ESPACE_SIRENE_KEY, the only
key accepted (any, if not set); MON_ESPACE_SIRENE_QUOTA, calls a minute and key (30, as in the public plan).
"""

import asyncio
import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from devstack import sirene_wire as wire
from devstack.companies import BY_SIRET, Case
from devstack.companies_search import CompaniesSearch
from devstack.sirene_page import page
from domain.siret import read_siret

BASE_PATH = "/api-sirene/3.11"
KEY_HEADER = "X-INSEE-Api-Key-Integration"
QUOTA = 30
WINDOW = 60.0


class Fault(BaseModel):
    """What is wrong with INSEE at the moment; for these SIRETs alone if some are named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["none", "down", "slow", "maintenance", "quota", "cut"] = "none"
    seconds: Annotated[float, Field(ge=0, le=300)] = 8.0
    sirets: tuple[str, ...] = ()


class Cut(Response):
    """Announces a whole body and sends half of it; the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and the first half."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class StandIn:
    """The state of one running stand-in."""

    def __init__(self, key: str, quota: int, clock: Callable[[], float]) -> None:
        self.fault = Fault()
        self.quota = quota
        self.asked: Counter[str] = Counter()
        self._key = key
        self._clock = clock
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def last_minute(self) -> int:
        """Calls of the last minute, all keys together."""
        for calls in self._calls.values():
            while calls and calls[0] <= self._clock() - WINDOW:
                calls.popleft()
        return sum(map(len, self._calls.values()))

    def forget(self) -> None:
        """Begin to count anew."""
        self.asked.clear()
        self._calls.clear()

    async def siret(self, request: Request) -> Response:
        """One establishment."""
        return await self._guarded(request, request.path_params["siret"], self._establishment)

    async def informations(self, request: Request) -> Response:
        """The service's health."""

        async def answer(_: str) -> Response:
            return JSONResponse(wire.information())

        return await self._guarded(request, "", answer)

    async def faults(self, request: Request) -> Response:
        """Read or switch the fault."""
        if request.method == "PUT":
            try:
                self.fault = Fault.model_validate_json(await request.body())
            except ValidationError as error:
                problems = error.errors(include_url=False, include_context=False, include_input=False)
                return JSONResponse({"detail": problems}, status_code=422)
        return JSONResponse(self.fault.model_dump())

    async def calls(self, request: Request) -> Response:
        """Count the questions, by SIRET."""
        if request.method == "DELETE":
            self.forget()
        return JSONResponse(
            {"total": self.asked.total(), "last_minute": self.last_minute(), "sirets": dict(self.asked)}
        )

    async def home(self, request: Request) -> Response:
        """Show the page, or take one of its buttons."""
        wrong = ""
        if request.method == "POST":
            async with request.form(max_fields=10) as form:
                try:
                    self.fault = _fault_of(form)
                except ValueError:
                    wrong = "Ce réglage n'est pas valable."
                else:
                    return RedirectResponse(".", status_code=303)
        fault = self.fault
        shown = page(fault.mode, fault.seconds, fault.sirets, self.last_minute(), self.quota, wrong)
        return HTMLResponse(
            shown,
            status_code=422 if wrong else 200,
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            },
        )

    async def _guarded(
        self, request: Request, siret: str, answer: Callable[[str], Awaitable[Response]]
    ) -> Response:
        """What stands before INSEE: the key, the quota, the fault of the moment."""
        key = request.headers.get(KEY_HEADER, "")
        if not key or (self._key and key != self._key):
            return JSONResponse(wire.gateway(401, "Unauthorized"), status_code=401)
        if siret:
            self.asked[siret] += 1
        mode = self.fault.mode if not self.fault.sirets or siret in self.fault.sirets else "none"
        if self._over_quota(key) or mode == "quota":
            return self._too_many(key)
        match mode:
            case "down":
                return JSONResponse(wire.header(503, "Service indisponible"), status_code=503)
            case "maintenance":
                return HTMLResponse(wire.MAINTENANCE_PAGE)
            case "slow":
                await asyncio.sleep(self.fault.seconds)
            case "cut":
                whole = await answer(siret)
                return Cut(bytes(whole.body), whole.status_code, media_type="application/json;charset=utf-8")
        return await answer(siret)

    def _over_quota(self, key: str) -> bool:
        self.last_minute()
        if len(self._calls[key]) >= self.quota:
            return True
        self._calls[key].append(self._clock())
        return False

    def _too_many(self, key: str) -> Response:
        oldest = next(iter(self._calls[key]), self._clock())
        wait = max(1, round(oldest + WINDOW - self._clock()))
        message = f"Rate limit exceeded! You reached the limit of {self.quota} requests per 1 minutes"
        return JSONResponse(
            wire.gateway(429, message),
            status_code=429,
            headers={
                "Retry-After": str(wait),
                "X-Rate-Limit-Limit": str(self.quota),
                "X-Rate-Limit-Remaining": "0",
                "X-Rate-Limit-Reset": str(int((time.time() + wait) * 1000)),
            },
        )

    async def _establishment(self, siret: str) -> Response:
        if not (siret.isascii() and siret.isdigit() and len(siret) == 14):
            return JSONResponse(wire.header(400, f"Le siret {siret[:40]} est mal formé"), status_code=400)
        company = BY_SIRET.get(siret)
        match company.case if company else Case.UNKNOWN:
            case Case.UNKNOWN:
                message = f"Aucun élément trouvé pour le siret {siret}"
                return JSONResponse(wire.header(404, message), status_code=404)
            case Case.NOT_PUBLIC:
                message = f"Établissement non diffusable ({siret})"
                return JSONResponse(wire.header(403, message), status_code=403)
            case Case.MOVED:
                assert company is not None
                return JSONResponse(
                    wire.header(301, f"Le siret {siret} est un doublon"),
                    status_code=301,
                    headers={"Location": f"{BASE_PATH}/siret/{company.moved_to}"},
                )
            case _:
                assert company is not None
                return JSONResponse(wire.establishment(company), media_type="application/json;charset=utf-8")


def _fault_of(form: FormData) -> Fault:
    """Read the page's form; raises ValueError."""
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    typed = [part for part in fields.get("sirets", "").replace(",", "\n").splitlines() if part.strip()]
    sirets = [read_siret(part)[0] for part in typed]
    if None in sirets:
        raise ValueError("siret")
    return Fault.model_validate(
        {"mode": fields.get("mode"), "seconds": fields.get("seconds") or 8.0, "sirets": sirets}
    )


def create_app(
    key: str | None = None, quota: int | None = None, clock: Callable[[], float] = time.monotonic
) -> Starlette:
    """Make the application; what is not given comes from the environment."""
    stand_in = StandIn(
        key=os.environ.get("MON_ESPACE_SIRENE_KEY", "") if key is None else key,
        quota=quota or int(os.environ.get("MON_ESPACE_SIRENE_QUOTA") or QUOTA),
        clock=clock,
    )
    app = Starlette(
        routes=[
            Route(f"{BASE_PATH}/siret/{{siret}}", stand_in.siret),
            Route(f"{BASE_PATH}/informations", stand_in.informations),
            Route("/faults", stand_in.faults, methods=["GET", "PUT"]),
            Route("/calls", stand_in.calls, methods=["GET", "DELETE"]),
            Route("/", stand_in.home, methods=["GET", "POST"]),
            *CompaniesSearch(clock).routes(),
        ]
    )
    app.state.stand_in = stand_in
    return app
