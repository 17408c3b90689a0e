"""From a template and its values to an answer.

Templates escape everything and stumble over a missing value; no page is stored by anybody, for each shows
something a person typed or the way to it. Static files carry their content's hash in their address.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from domain import siret
from domain.view import Problem
from starter.web import form_tokens
from starter.web.forms import new_submission
from starter.web.portal import portal
from starter.web.steps import told
from starter.web.words import NOTICES, Notice

FOLDER: Final = Path(__file__).parent
STATIC_DIR: Final = FOLDER / "static"
STATIC_URL: Final = "/static"

#: People read times of the clock on their wall.
PARIS: Final = ZoneInfo("Europe/Paris")


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    problems: Sequence[Problem] = (),
    notice: Notice | None = None,
    retry_after: int | None = None,
    **values: Any,
) -> HTMLResponse:
    """Render a page.

    Args:
        request: whose page it is; its `avis` may name a notice to show.
        template: the file under `templates/`.
        status: the HTTP status.
        problems: what is told in the error summary, and makes the title begin with « Erreur : ».
        notice: what is told above the page's content, instead of what `avis` names.
        retry_after: seconds after which the same may be tried again.
        values: what the template asks for.
    """
    text = _ENVIRONMENT.get_template(template).render(
        contact_url=portal(request).settings.contact_url,
        life_days=portal(request).settings.registration_life_days,
        problems=problems,
        form_token=lambda: form_tokens.draw(request),
        notice=notice or NOTICES.get(request.query_params.get("avis", "")),
        **values,
    )
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    response = HTMLResponse(text, status_code=status, headers=headers)
    form_tokens.keep(response, request)
    return response


def see(address: str, notice: str | None = None) -> RedirectResponse:
    """Send the browser on by GET; `notice` names what the next page says above its content."""
    target = f"{address}?avis={notice}" if notice else address
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def moment(at: datetime) -> str:
    """The guide's way to write a moment: jj/mm/aaaa hh:mm."""
    return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}"


def clock(at: datetime) -> str:
    """An hour of today as one says it, else the day too."""
    local = at.astimezone(PARIS)
    hour = f"{local.hour} h {local:%M}"
    return hour if local.date() == datetime.now(PARIS).date() else f"{hour} le {local:%d/%m/%Y}"


def fine(text: str) -> str:
    """Our own sentences with the no-break spaces of French; the guide's strings are left as they are."""
    return re.sub(r" (?=[:;!?»])|(?<=«) ", "\u00a0", text)


def breakable(address: str) -> Markup:
    """An e-mail address that a narrow screen breaks where people would, not before its last letter."""
    return Markup("<wbr>").join(re.split(r"(?=[@.])", address))


def static(name: str) -> str:
    """The address of a static file, new for new content."""
    return f"{STATIC_URL}/{name}?v={_DIGESTS[name]}"


_DIGESTS: Final = {
    path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC_DIR.iterdir() if path.is_file()
}

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals.update(static=static, new_submission=new_submission, told=told)
_ENVIRONMENT.filters.update(moment=moment, clock=clock, fine=fine, breakable=breakable, siret=siret.display)
