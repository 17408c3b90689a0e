"""Stand-in of the API Recherche d'entreprises: its own format, its quota, a fault to switch on.

GET /recherche-entreprises/search?q={siret}   as the API answers: no key, 7 a second, then 429
GET, PUT /recherche-entreprises/faults        {"mode": "none" | "down" | "slow" | "page"}
GET /recherche-entreprises/calls              {"total": n}
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from devstack.companies import BY_SIRET, Case, Company

PATH = "/recherche-entreprises"
MODES = ("none", "down", "slow", "page")
PER_SECOND = 7
HIDDEN = "[NON-DIFFUSIBLE]"


class CompaniesSearch:
    """The state of one running stand-in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._mode = "none"
        self._recent: deque[float] = deque(maxlen=PER_SECOND)
        self._total = 0

    def routes(self) -> list[Route]:
        """Where it answers."""
        return [
            Route(f"{PATH}/search", self.search),
            Route(f"{PATH}/faults", self.faults, methods=["GET", "PUT"]),
            Route(f"{PATH}/calls", self.calls),
        ]

    async def faults(self, request: Request) -> Response:
        """Read or switch the fault."""
        if request.method == "PUT":
            try:
                mode = json.loads(await request.body())["mode"]
            except (ValueError, KeyError, TypeError):
                mode = None
            if mode not in MODES:
                return JSONResponse({"detail": "mode"}, status_code=422)
            self._mode = mode
        return JSONResponse({"mode": self._mode})

    async def calls(self, request: Request) -> Response:
        """Count the questions."""
        return JSONResponse({"total": self._total})

    async def search(self, request: Request) -> Response:
        """One search."""
        self._total += 1
        now = self._clock()
        if len(self._recent) == PER_SECOND and now - self._recent[0] < 1.0:
            return JSONResponse({"erreur": "Trop de requêtes"}, status_code=429, headers={"Retry-After": "1"})
        self._recent.append(now)
        match self._mode:
            case "down":
                return JSONResponse({"erreur": "Service indisponible"}, status_code=503)
            case "page":
                return HTMLResponse("<!DOCTYPE html><title>Maintenance</title>")
            case "slow":
                await asyncio.sleep(5)
        company = BY_SIRET.get(request.query_params.get("q", ""))
        known = company and company.case not in {Case.UNKNOWN, Case.NOT_PUBLIC, Case.MOVED}
        results = [_result(company)] if known and company else []
        return JSONResponse(
            {"results": results, "total_results": len(results), "page": 1, "per_page": 1, "total_pages": 1}
        )


def _result(company: Company) -> dict[str, Any]:
    partly = company.case is Case.PARTLY_PUBLIC
    state = {Case.CLOSED: "F", Case.CEASED: "F"}.get(company.case, "A")
    return {
        "siren": company.siren,
        "nom_complet": HIDDEN if partly else company.name.upper(),
        "etat_administratif": "C" if company.case is Case.CEASED else "A",
        "matching_etablissements": [
            {
                "siret": company.siret,
                "etat_administratif": state,
                "est_siege": company.siret[9:13] == "0001",
                "adresse": HIDDEN if partly else f"12 RUE DE L EXEMPLE {company.postcode} {company.commune}",
                "libelle_commune": company.commune.upper(),
                "liste_idcc": [company.idcc] if company.idcc else None,
            }
        ],
    }
