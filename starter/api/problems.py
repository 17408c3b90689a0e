"""Every way the API says no: which exception, which status, which code; and how OpenAPI describes it."""

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.problems import TEXTS
from domain.view import Outcome, Problem, View
from infrastructure.database import DatabaseUnavailable
from infrastructure.idempotency import KeyReused
from starter.guard import TooMany
from starter.links import LinkRefused, PasswordRefused
from starter.refusals import DETAILS, RETRY_LATER, STATUS_CODES, TITLES, problem
from starter.registrations import Ended, Refused, Unavailable, UnknownRegistration

#: Refusals that are no mistake in what was typed.
REFUSED_STATUS = {"stale": 409, "late": 410, "over": 410, "too_many_messages": 410}
LINK_STATUS = {"link_invalid": 404}

API_DETAILS: dict[str, str] = {
    "link_invalid": "Ce lien n'est pas valable. Copiez-le en entier depuis le message.",
    "link_expired": TEXTS["link_expired"],
    "link_replaced": TEXTS["link_replaced"],
    "link_used": "Ce lien a déjà servi : le compte existe. Connectez-vous.",
    "registration_ended": "Cette inscription est terminée. Vous pouvez en commencer une autre.",
    "too_many_starts": "Trop d'inscriptions depuis cette connexion. Réessayez plus tard.",
    "too_many_lookups": "Trop de SIRET vérifiés depuis cette connexion. Réessayez plus tard.",
    "idempotency_key_reused": "Cette clé d'idempotence a déjà servi pour une autre demande.",
    "registration_not_found": "Cette inscription n'existe pas, ou plus.",
}

ENDED_DETAILS: dict[Outcome | None, str] = {
    Outcome.REGISTERED: "Cette inscription est terminée : le compte existe.",
    Outcome.EXPIRED: "Cette inscription a expiré. Vous pouvez en commencer une autre.",
    Outcome.ABANDONED: "Cette inscription a été annulée. Vous pouvez en commencer une autre.",
    Outcome.REFUSED: "Cette demande n'a pas été acceptée ; la raison a été envoyée par e-mail.",
}

#: What is wrong with a field, by pydantic's kind of error; anything else is « malformed » without more.
FIELD_DETAILS = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ est inconnu.",
    "string_type": "Un texte est attendu.",
    "string_too_long": "Ce texte est trop long.",
    "enum": "Cette valeur n'est pas permise.",
    "string_pattern_mismatch": "Cette valeur n'a pas la forme attendue.",
    "json_invalid": "Le corps n'est pas du JSON valable.",
    "model_attributes_type": "Un objet JSON (application/json) est attendu.",
    "too_long": "Il y a trop de valeurs.",
}
_PLAIN = re.compile(r"[a-z][a-z_]{0,39}|\d{1,3}|Idempotency-Key")


def _dump(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in problems]


def _refusal(problems: tuple[Problem, ...], view: View | None = None) -> Response:
    code = problems[0].code if problems else "malformed"
    return problem(
        REFUSED_STATUS.get(code, 422),
        code,
        problems[0].detail if problems else TEXTS["malformed"],
        errors=_dump(problems),
        view=view.model_dump(mode="json") if view else None,
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _refusal(error.problems, error.view)


async def _password_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, PasswordRefused)
    return _refusal(error.problems)


async def _ended(_: Request, error: Exception) -> Response:
    assert isinstance(error, Ended)
    detail = ENDED_DETAILS.get(error.outcome, TEXTS["over"])
    return problem(410, "ended", detail, outcome=error.outcome and error.outcome.value)


async def _unknown(_: Request, error: Exception) -> Response:
    return problem(404, "not_found", API_DETAILS["registration_not_found"])


async def _link_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, LinkRefused)
    return problem(
        LINK_STATUS.get(error.code, 410),
        error.code,
        API_DETAILS.get(error.code),
        outcome=error.outcome and error.outcome.value,
    )


async def _unavailable(_: Request, error: Exception) -> Response:
    return problem(503, "unavailable", headers=RETRY_LATER)


async def _too_many(_: Request, error: Exception) -> Response:
    assert isinstance(error, TooMany)
    seconds = error.seconds(datetime.now(UTC))
    return problem(429, error.code, API_DETAILS.get(error.code), headers={"Retry-After": str(seconds)})


async def _key_reused(_: Request, error: Exception) -> Response:
    return problem(422, "idempotency_key_reused", API_DETAILS["idempotency_key_reused"])


async def _malformed(_: Request, error: Exception) -> Response:
    """Which field and why, never what was sent: even a member's name is repeated only if it is plain."""
    assert isinstance(error, RequestValidationError)
    problems = []
    for one in error.errors()[:20]:
        names = [str(part) for part in one["loc"][1:]]
        field = ".".join(name if _PLAIN.fullmatch(name) else "?" for name in names)
        kind = str(one["type"])
        detail = FIELD_DETAILS.get(kind, TEXTS["malformed"])
        problems.append(
            Problem(code="malformed", field=None if kind == "json_invalid" else field or None, detail=detail)
        )
    return problem(422, "malformed", TEXTS["malformed"], errors=_dump(tuple(problems)))


async def _http(_: Request, error: Exception) -> Response:
    """What the framework refuses: its own words stay inside, its headers (Allow, WWW-Authenticate) go out."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    code = "malformed" if status == 400 else STATUS_CODES.get(status, "bad_request")
    detail = TEXTS["malformed"] if code == "malformed" else DETAILS[code]
    headers = dict(error.headers) if error.headers else None
    return problem(422 if status == 400 else status, code, detail, headers=headers)


async def _bug(_: Request, error: Exception) -> Response:
    return problem(500, "internal")


def install(api: FastAPI) -> None:
    """Register all of it."""
    for kind, handler in {
        Refused: _refused,
        PasswordRefused: _password_refused,
        Ended: _ended,
        UnknownRegistration: _unknown,
        LinkRefused: _link_refused,
        Unavailable: _unavailable,
        DatabaseUnavailable: _unavailable,
        TooMany: _too_many,
        KeyReused: _key_reused,
        RequestValidationError: _malformed,
        HTTPException: _http,
        Exception: _bug,
    }.items():
        api.add_exception_handler(kind, handler)


# ---- for OpenAPI -----------------------------------------------------------------------------------

_DESCRIBED: dict[str, tuple[int, str]] = {
    "malformed": (422, "The body does not have the expected shape; `errors` names the fields."),
    "refused": (422, "What was typed is wrong: `code` and `errors` say what; `view` is unchanged."),
    "idempotency_key_reused": (422, "The key was used with another body."),
    "unauthorized": (401, "No token, or not this registration's."),
    "not_found": (404, "No such registration, or none any more."),
    "link_invalid": (404, "Not a token of ours, or not in full."),
    "stale": (409, "This step has been answered already; `view` says where the registration stands."),
    "ended": (410, "The registration is over; `outcome` says how."),
    "link_expired": (410, "The link is too old; ask for another."),
    "link_replaced": (410, "The address was corrected since."),
    "link_used": (410, "The account exists."),
    "registration_ended": (410, "The registration ended before the link was opened."),
    "too_many_starts": (429, "Too many starts from this client address; see Retry-After."),
    "too_many_lookups": (429, "Too many SIRET look-ups from this client address; see Retry-After."),
    "unavailable": (503, "Nothing is lost: the same submission may be sent again after Retry-After."),
}


def described(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for these codes, several of one status together."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status, words = _DESCRIBED[code]
        shown = "siret_checksum" if code == "refused" else code
        detail = TEXTS.get(shown) or API_DETAILS.get(shown) or DETAILS.get(shown) or TEXTS["over"]
        example = {
            "type": f"urn:mon-espace:problem:{shown}",
            "title": TITLES[status],
            "status": status,
            "code": shown,
            "detail": detail,
            "errors": [{"code": shown, "field": "siret", "detail": detail}] if code == "refused" else [],
        }
        schema = {"$ref": "#/components/schemas/ProblemDocument"}
        entry = found.setdefault(
            status,
            {"description": "", "content": {"application/problem+json": {"schema": schema, "examples": {}}}},
        )
        entry["description"] = f"{entry['description']} `{code}`: {words}".strip()
        entry["content"]["application/problem+json"]["examples"][code] = {"value": example}
    return found
