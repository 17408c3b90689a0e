"""The HTTP side of the mailbox: pages for people, Mailpit's JSON for programs.

What a mail contains is shown in a sandboxed frame under its own policy: it runs nothing and loads nothing.
"""

from json import JSONDecodeError
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from devstack.mailbox import mailpit
from devstack.mailbox.faults import Faults
from devstack.mailbox.mail import Mail
from devstack.mailbox.store import Store, Stored

_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = Path(__file__).parent.parent / "templates" / "style.css"
_PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
_NOT_FOUND = PlainTextResponse("404 page not found", status_code=404)
_PAGE_SIZE = 50


def create_app(store: Store, faults: Faults | None = None) -> Starlette:
    """The mailbox over one store."""
    mailbox = _Mailbox(store)
    faults = faults or Faults()
    return Starlette(
        routes=[
            Route("/", mailbox.page),
            Route("/style.css", mailbox.style),
            Route("/message/{id}", mailbox.message_page),
            Route("/view/{id}.html", mailbox.html),
            Route("/view/{id}.txt", mailbox.text),
            Route("/faults", faults.page, methods=["GET", "PUT"]),
            Route("/delete", mailbox.delete_from_page, methods=["POST"]),
            Route("/livez", mailbox.alive),
            Route("/readyz", mailbox.alive),
            Route("/api/v1/messages", mailbox.messages, methods=["GET"]),
            Route("/api/v1/messages", mailbox.delete_messages, methods=["DELETE"]),
            Route("/api/v1/messages", mailbox.mark_messages, methods=["PUT"]),
            Route("/api/v1/search", mailbox.search, methods=["GET"]),
            Route("/api/v1/search", mailbox.delete_search, methods=["DELETE"]),
            Route("/api/v1/message/{id}", mailbox.message),
            Route("/api/v1/message/{id}/headers", mailbox.headers),
            Route("/api/v1/message/{id}/raw", mailbox.raw),
        ]
    )


class _Mailbox:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._pages = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    # --- for people

    async def page(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()
        found = mailpit.search(self._store, query) if query else self._store.all()
        listing = mailpit.listing(self._store, found, 0, 200)
        return self._render("list.html", listing=listing, query=query)

    async def message_page(self, request: Request) -> Response:
        if not (found := self._find(request)):
            return self._render("missing.html", status=404)
        stored, mail = found
        self._store.mark(stored, read=True)
        view = mailpit.message(stored, mail)
        return self._render("message.html", mail=view, headers=mailpit.headers(stored, mail))

    async def html(self, request: Request) -> Response:
        found = self._find(request)
        html = found[1].html() if found else ""
        if not html:
            return _NOT_FOUND
        # A link of the mail opens beside the mailbox, as it does in a mail program.
        headers = {"Content-Security-Policy": _MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
        return HTMLResponse(f'<base target="_blank">{html}', headers=headers)

    async def text(self, request: Request) -> Response:
        found = self._find(request)
        return PlainTextResponse(found[1].text()) if found else _NOT_FOUND

    async def style(self, request: Request) -> Response:
        return FileResponse(_STYLE, media_type="text/css")

    async def delete_from_page(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return PlainTextResponse("refused", status_code=403)
        self._store.remove([stored.id for stored in self._store.all()])
        return RedirectResponse("/", status_code=303)

    # --- for programs

    async def alive(self, request: Request) -> Response:
        return PlainTextResponse("ok")

    async def messages(self, request: Request) -> Response:
        return self._listing(request, self._store.all())

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("query", "").strip()
        if not query:
            return PlainTextResponse("Error: no search query", status_code=400)
        return self._listing(request, mailpit.search(self._store, query))

    async def message(self, request: Request) -> Response:
        if not (found := self._find(request)):
            return _NOT_FOUND
        self._store.mark(found[0], read=True)
        return JSONResponse(mailpit.message(*found))

    async def headers(self, request: Request) -> Response:
        found = self._find(request)
        return JSONResponse(mailpit.headers(*found)) if found else _NOT_FOUND

    async def raw(self, request: Request) -> Response:
        if not (found := self._find(request)):
            return _NOT_FOUND
        return Response(self._store.content(found[0]), media_type="text/plain; charset=utf-8")

    async def delete_messages(self, request: Request) -> Response:
        wanted = (await _document(request)).get("IDs") or [stored.id for stored in self._store.all()]
        self._store.remove([str(message_id) for message_id in wanted])
        return PlainTextResponse("ok")

    async def mark_messages(self, request: Request) -> Response:
        document = await _document(request)
        wanted = set(document.get("IDs") or (stored.id for stored in self._store.all()))
        for stored in self._store.all():
            if stored.id in wanted:
                self._store.mark(stored, read=bool(document.get("Read", False)))
        return PlainTextResponse("ok")

    async def delete_search(self, request: Request) -> Response:
        query = request.query_params.get("query", "").strip()
        if not query:
            return PlainTextResponse("Error: no search query", status_code=400)
        self._store.remove([stored.id for stored in mailpit.search(self._store, query)])
        return PlainTextResponse("ok")

    def _find(self, request: Request) -> tuple[Stored, Mail] | None:
        stored = self._store.get(request.path_params["id"])
        return (stored, self._store.mail(stored)) if stored else None

    def _listing(self, request: Request, found: list[Stored]) -> Response:
        start, limit = (
            _number(request, name, usual) for name, usual in (("start", 0), ("limit", _PAGE_SIZE))
        )
        return JSONResponse(mailpit.listing(self._store, found, start, limit))

    def _render(self, template: str, status: int = 200, **values: Any) -> Response:
        page = self._pages.get_template(template).render(**values)
        return HTMLResponse(page, status, headers={"Content-Security-Policy": _PAGE_POLICY})


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else usual


async def _document(request: Request) -> dict[str, Any]:
    try:
        document = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return document if isinstance(document, dict) else {}
