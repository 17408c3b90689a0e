"""The gallery's pages: every state and every mail in frames, phone and desktop width, light or dark.

A state is played anew whenever its frame is opened, by a browser without scripts inside this process; no
engine, database or relay is asked. Scripts run only in frames of states that are about them.
"""

import asyncio
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from devstack.gallery.mails import NEWCOMER, sample_mail, sample_order
from devstack.gallery.plain import Plain
from devstack.gallery.registry import topic
from devstack.gallery.served import serve
from devstack.gallery.stage import Stage
from devstack.gallery.states import SCRIPTED, STATES
from domain.effects import MailKind
from starter.web import STATIC_DIR

_TEMPLATES = Path(__file__).with_name("templates")
_PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'"
_FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)
#: Mails bring their styles with them.
_MAIL_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

_TOPICS: Final = {
    "form": "Formulaire",
    "waiting": "Attente et fins",
    "mailbox": "L'adresse confirmée d'abord (AKTO_CONFIRM_EMAIL_FIRST)",
    "links": "Liens",
    "around": "Autour",
}


def create_app() -> Starlette:
    """The gallery, to be mounted: `/`, `/etat/NAME`, `/mail/KIND`, and the product's static files."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("gallery.html")
    served = serve()
    turn = asyncio.Lock()  # one world, one visitor at a time

    async def index(request: Request) -> Response:
        dark = request.query_params.get("theme") == "sombre"
        mails = {kind: sample_mail(sample_order(kind), NEWCOMER) for kind in MailKind}
        html = template.render(
            dark=dark, topics=_by_topic(), scripted=SCRIPTED, mails=mails, count=len(STATES)
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": _PAGE_POLICY})

    async def state(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATES:
            raise HTTPException(404)
        async with turn, Plain(served) as browser:
            served.renew()
            await STATES[name](Stage(browser, served))
            html = browser.html
        policy = _FRAME_POLICY + ("; script-src 'self'" if name in SCRIPTED else "")
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    async def mail(request: Request) -> Response:
        try:
            kind = MailKind(request.path_params["kind"])
        except ValueError:
            raise HTTPException(404) from None
        html = sample_mail(sample_order(kind), NEWCOMER).html
        return HTMLResponse(html, headers={"Content-Security-Policy": _MAIL_POLICY})

    async def style(request: Request) -> Response:
        return FileResponse(_TEMPLATES / "gallery.css", media_type="text/css")

    return Starlette(
        routes=[
            Route("/", index),
            Route("/gallery.css", style),
            Route("/etat/{name}", state),
            Route("/mail/{kind}", mail),
        ]
    )


def static() -> Mount:
    """Where the framed pages look for their style sheets."""
    return Mount("/static", StaticFiles(directory=STATIC_DIR))


def _by_topic() -> dict[str, list[str]]:
    """The states by the module that plays them."""
    found: dict[str, list[str]] = {words: [] for words in _TOPICS.values()}
    for name, enter in STATES.items():
        found[_TOPICS[topic(enter)]].append(name)
    return found
