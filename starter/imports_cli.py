"""`python -m starter import contacts|establishments FICHIER.csv`: AKTO's data, loaded by an operator."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from domain.messages import Kind
from infrastructure.database import DatabaseUnavailable
from infrastructure.imports.load import LoadError, Order, Result, load
from infrastructure.imports.rows import KINDS, REASONS, fold
from infrastructure.imports.source import SourceError
from infrastructure.settings import load_settings

app = typer.Typer(help="Charger les données d'AKTO depuis un fichier CSV.", no_args_is_help=True)

SEPARATORS = {";": "point-virgule", ",": "virgule", "\t": "tabulation"}
ENCODINGS = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}

File = Annotated[Path, typer.Argument(metavar="FICHIER.csv", help="Le fichier, avec une ligne d'en-tête")]
Type = Annotated[
    str | None, typer.Option("--type", help="adherent ou organisme, si aucune colonne ne le dit")
]
Complete = Annotated[
    bool, typer.Option("--complete", help="Le fichier est complet : ce qu'il ne nomme pas est retiré")
]
RemovalsMax = Annotated[
    float, typer.Option("--retraits-max", help="Avec --complete : part que l'on accepte de retirer, en %")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Compter ce qui changerait, sans rien changer")]
ReportFile = Annotated[
    Path | None, typer.Option("--refus", help="Où écrire les lignes refusées (FICHIER.refus.csv)")
]


@app.command("contacts")
def contacts(
    file: File,
    kind: Type = None,
    complete: Complete = False,
    removals_max: RemovalsMax = 20.0,
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Colonnes : email, siret ; facultatives : type, civilite, nom, prenom. Une ligne par rattachement."""
    _load("contacts", file, kind, complete, removals_max, dry_run, report)


@app.command("establishments")
def establishments(
    file: File,
    kind: Type = None,
    complete: Complete = False,
    removals_max: RemovalsMax = 20.0,
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Colonnes : siret, raison_sociale, type ; facultatives : commune, numero (d'adhérent ou d'organisme)."""
    _load("establishments", file, kind, complete, removals_max, dry_run, report)


def _load(
    table: str,
    file: Path,
    kind: str | None,
    complete: bool,
    removals_max: float,
    dry_run: bool,
    report: Path | None,
) -> None:
    order = Order(
        table=table,
        path=file,
        report=report or file.with_name(f"{file.name}.refus.csv"),
        kind=_kind(kind),
        complete=complete,
        removals_max=removals_max,
        dry_run=dry_run,
    )
    url = load_settings().database_url.get_secret_value()
    try:
        result = asyncio.run(_with_bar(url, order))
    except SourceError as error:
        typer.echo(f"{file.name} : {error}. Rien n'a été chargé.", err=True)
        raise typer.Exit(2) from None
    except LoadError as error:
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(3) from None
    except DatabaseUnavailable as error:
        typer.echo(f"{error}. Rien n'est perdu : relancez la même commande, elle finira.", err=True)
        raise typer.Exit(1) from None
    _tell(order, result)


async def _with_bar(url: str, order: Order) -> Result:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[lines]} lignes"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(order.path.name, total=None, lines=0)

        def advance(done: int, size: int, result: Result) -> None:
            bar.update(task, completed=done, total=size, lines=result.read)

        return await load(url, order, advance)


def _tell(order: Order, result: Result) -> None:
    say = typer.echo
    separator = SEPARATORS.get(result.separator, repr(result.separator))
    say(f"{order.path.name} : {ENCODINGS[result.encoding]}, {separator}, {result.read} lignes")
    what = "contacts" if order.table == "contacts" else "établissements"
    say(f"  {what} nouveaux : {result.added}, modifiés : {result.changed}, retirés : {result.removed}")
    if order.table == "contacts":
        say(f"  rattachements nouveaux : {result.links}, retirés : {result.links_removed}")
    say(f"  lignes refusées : {result.refused}")
    for reason, lines in sorted(result.reasons.items(), key=lambda item: -item[1]):
        say(f"    {lines} × {REASONS[reason]}")
    if result.refused:
        say(f"  détail : {order.report}")
    if order.dry_run:
        say("Essai à blanc : rien n'a été changé.")


def _kind(typed: str | None) -> Kind | None:
    if typed is None:
        return None
    kind = KINDS.get(fold(typed))
    if kind is None:
        raise typer.BadParameter("adherent ou organisme", param_hint="--type")
    return kind
