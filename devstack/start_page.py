"""The start page of the embedded stack: where everything is, whom and what to try, what it leads to.

The list to try is `docs/demo.json`, the same for people and programs, and read at each request. It is shown
as it is: a section or column this page has no French name for appears under its own.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route

from devstack.config import CHECKOUT
from devstack.gallery.app import create_app as gallery
from devstack.gallery.app import static
from devstack.parts import GALLERY_PATH
from starter.operators.queries import VIEWS, link

_TEMPLATES = Path(__file__).with_name("templates")
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'"

_PLACES = {
    "portal": ("Portail « Mon Espace »", "la page de connexion, et « Créer mon compte »"),
    "mailbox": ("Boîte aux lettres", "tous les courriels envoyés par la pile"),
    "temporal_ui": ("Interface de Temporal", "une inscription = un workflow : où elle en est et pourquoi"),
    "api_docs": ("Documentation de l’API", "pour un autre portail, dans un autre langage"),
    "gallery": ("Galerie", "chaque page dans chacun de ses états, chaque courriel"),
    "sirene": ("Doublure de l’API Sirene", "ce que répond l’INSEE, et ses pannes à la demande"),
    "codec": ("Serveur de déchiffrement", "l’interface de Temporal s’en sert seule"),
    "temporal": ("Temporal (gRPC)", "pour un client ou la ligne de commande"),
}
_SECTIONS = {
    "people": "Adresses e-mail à essayer",
    "numbers": "Numéros d’adhérent ou d’organisme de formation",
    "sirets": "Un SIRET de chaque sorte",
}
_COLUMNS = {
    "email": "Adresse e-mail",
    "siret": "SIRET",
    "kind": "Sorte",
    "number": "Numéro",
    "idcc": "IDCC",
    "what": "Ce que c’est",
    "leads_to": "Ce qui se passe",
}
#: For programs: what a person needs of it stands in the other columns.
_HIDDEN = {"case"}
#: Columns up to this many characters wide are never broken: numbers are read and copied whole.
_SHORT = 14
_KINDS = {
    "member": "Adhérent",
    "training_organisation": "Organisme de formation",
}


def create_app(addresses: Mapping[str, str | None] | None = None, demo: Path | None = None) -> Starlette:
    """The page; without addresses those of MON_ESPACE_ADDRESSES, a JSON object."""
    shown = json.loads(os.environ.get("MON_ESPACE_ADDRESSES", "{}")) if addresses is None else addresses
    source = demo or CHECKOUT / "docs" / "demo.json"
    namespace = os.environ.get("MON_ESPACE_NAMESPACE", "default")
    template = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("start.html")

    async def page(request: Request) -> Response:
        places = [(*words, shown[name]) for name, words in _PLACES.items() if shown.get(name)]
        ui = shown.get("temporal_ui")
        views = [(view.name, link(ui, namespace, view)) for view in VIEWS] if ui else []
        html = template.render(places=places, views=views, sections=_sections(source))
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    async def style(request: Request) -> Response:
        return FileResponse(_TEMPLATES / "style.css", media_type="text/css")

    return Starlette(
        routes=[Route("/", page), Route("/style.css", style), Mount(GALLERY_PATH, gallery()), static()]
    )


def _sections(source: Path) -> list[dict[str, Any]]:
    try:
        document = json.loads(source.read_text())
    except (OSError, ValueError):
        return []
    return [
        _section(name, [row for row in rows if isinstance(row, dict)])
        for name, rows in document.items()
        if isinstance(rows, list)
    ]


def _section(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns = [
        column for column in dict.fromkeys(name for row in rows for name in row) if column not in _HIDDEN
    ]
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    return {
        "title": _SECTIONS.get(name, name),
        "columns": [_COLUMNS.get(column, column) for column in columns],
        "short": [max(map(len, column)) <= _SHORT for column in zip(*cells, strict=True)],
        "rows": cells,
    }


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return _KINDS.get(str(value), str(value))
