"""How a request is refused before or outside a page of its own: problem+json for programs, French for people.

The API's answers have a stable `code`; a person gets a page without any code. Neither ever says what broke.
"""

from html import escape
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

log = structlog.get_logger(__name__)

TITLES: dict[int, str] = {
    400: "Demande incorrecte",
    401: "Accès non autorisé",
    403: "Demande refusée",
    404: "Page introuvable",
    405: "Action impossible",
    408: "Délai dépassé",
    409: "Étape déjà validée",
    410: "C'est terminé",
    413: "Demande trop volumineuse",
    421: "Adresse inconnue",
    422: "Saisie à corriger",
    429: "Trop de demandes",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}

DETAILS: dict[str, str] = {
    "bad_request": "Cette demande n'est pas correcte.",
    "unauthorized": "Un jeton de reprise valable est attendu (Authorization: Bearer).",
    "cross_origin": "Cette demande ne vient pas de nos pages. Revenez à la page précédente et recommencez.",
    "not_found": "Cette adresse ne correspond à rien.",
    "method_not_allowed": "Cette action n'est pas possible à cette adresse.",
    "slow": "La demande n'est pas arrivée à temps. Recommencez.",
    "too_large": "Cette demande est trop volumineuse.",
    "unknown_host": "Ce site ne répond pas sous ce nom.",
    "internal": "Une erreur s'est produite. Réessayez dans quelques instants.",
    "unavailable": "Rien n'est perdu : réessayez dans quelques instants.",
}

#: What a program is told to wait before it asks again after a 503.
RETRY_LATER = {"Retry-After": "5"}

#: Under a name that is not ours nothing else is served either, the style sheets included.
_PLAIN = 421

_PAGE = (
    '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title} – Mon Espace AKTO</title></head>"
    "<body><main><h1>{title}</h1><p>{detail}</p>"
    '<p><a href="/">Retour à l\'accueil</a></p></main></body></html>'
)

STATUS_CODES: dict[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "cross_origin",
    404: "not_found",
    405: "method_not_allowed",
    408: "slow",
    413: "too_large",
    421: "unknown_host",
    503: "unavailable",
}


class ProblemResponse(JSONResponse):
    """RFC 9457."""

    media_type = "application/problem+json"


def is_api(path: str) -> bool:
    """Whether the path is spoken to by programs."""
    return path == "/api" or path.startswith("/api/")


def problem(
    status: int, code: str, detail: str | None = None, headers: dict[str, str] | None = None, **more: Any
) -> ProblemResponse:
    """A problem+json answer; members that are None are left out."""
    document = {
        "type": f"urn:mon-espace:problem:{code}",
        "title": TITLES.get(status, TITLES[500]),
        "status": status,
        "code": code,
        "detail": detail or DETAILS.get(code, DETAILS["internal"]),
        "errors": [],
    }
    document.update({name: value for name, value in more.items() if value is not None})
    return ProblemResponse(document, status_code=status, headers=headers)


def page(status: int, detail: str, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page that stands without style, script or template: nothing in it can break."""
    title = TITLES.get(status, TITLES[500])
    return HTMLResponse(
        _PAGE.format(title=escape(title), detail=escape(detail)), status_code=status, headers=headers
    )


def refuse(scope: Scope, status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    """The refusal in the form that whoever sent this request can read.

    People get the application's own page (`app.state.error_page`) where there is one and it stands: when it
    breaks too, the plainest page.
    """
    if is_api(scope["path"]):
        return problem(status, code, headers=headers)
    error_page = getattr(scope["app"].state, "error_page", None) if "app" in scope else None
    if error_page is not None and status != _PLAIN:
        try:
            response: Response = error_page(Request(scope), status)
            response.headers.update(headers or {})
            return response
        except Exception:  # a page that breaks must not turn a refusal into anything else
            log.exception("error page failed", status=status)
    return page(status, DETAILS.get(code, DETAILS["internal"]), headers)
