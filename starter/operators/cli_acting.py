"""`resend`, `extend`, `retry`, `approve`, `refuse`, `cancel`: acting on one registration, or on many."""

import getpass
from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from domain.messages import (
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorMessage,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
)
from starter.operators import executions, queries
from starter.operators.acts import Acts, Report
from starter.operators.cli_reading import Json, read_id
from starter.operators.desk import Desk, at_desk
from starter.operators.output import errors, say, say_json, table
from starter.operators.pace import paced

app = typer.Typer()

One = Annotated[UUID, typer.Argument(help="L'inscription", parser=read_id)]
OneOrMany = Annotated[UUID | None, typer.Argument(help="L'inscription ; sinon --query", parser=read_id)]
Reason = Annotated[
    str, typer.Option("--reason", help="Pourquoi (reste au journal ; aucune donnée personnelle)")
]
By = Annotated[str | None, typer.Option("--by", help="Qui agit ; sinon le nom de session")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Essai à blanc : dire ce qui serait fait, ne rien faire")
]
Query = Annotated[
    str | None,
    typer.Option("--query", help="Plusieurs à la fois : celles en cours que nomme cette requête Temporal"),
]
PerSecond = Annotated[float, typer.Option("--per-second", min=0.1, max=100, help="Combien par seconde")]
Batch = Annotated[
    str | None,
    typer.Option(
        "--lot", help="Nom du lot : relancé sous le même nom, il n'agit pas deux fois sur une inscription"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ne pas demander confirmation")]


@app.command("resend")
def resend_command(
    reason: Reason, registration: OneOrMany = None, query: Query = None, per_second: PerSecond = 5,
    batch: Batch = None, by: By = None, dry_run: DryRun = False, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Renvoyer à la personne le mail qu'elle attend, avec un lien neuf."""
    message = _message(lambda: OperatorResend(by=actor(by), reason=reason))
    _one_or_many(message, registration, query, per_second, batch, dry_run, yes, as_json)


@app.command("extend")
def extend_command(
    reason: Reason, registration: OneOrMany = None,
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="Jours ajoutés à l'échéance")] = 7,
    query: Query = None, per_second: PerSecond = 5, batch: Batch = None, by: By = None,
    dry_run: DryRun = False, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Repousser l'échéance de la personne."""
    message = _message(lambda: OperatorExtend(by=actor(by), reason=reason, days=days))
    _one_or_many(message, registration, query, per_second, batch, dry_run, yes, as_json)


@app.command("retry")
def retry_command(
    reason: Reason, registration: OneOrMany = None, query: Query = None, per_second: PerSecond = 5,
    batch: Batch = None, by: By = None, dry_run: DryRun = False, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Essayer tout de suite ce qui attend son prochain essai (INSEE, courriel)."""
    message = _message(lambda: OperatorRetry(by=actor(by), reason=reason))
    _one_or_many(message, registration, query, per_second, batch, dry_run, yes, as_json)


@app.command("cancel")
def cancel_command(
    reason: Reason, registration: OneOrMany = None, query: Query = None, per_second: PerSecond = 5,
    batch: Batch = None, by: By = None, dry_run: DryRun = False, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Arrêter une inscription ; la personne peut en commencer une autre."""
    message = _message(lambda: OperatorCancel(by=actor(by), reason=reason))
    _one_or_many(message, registration, query, per_second, batch, dry_run, yes, as_json)


@app.command("approve")
def approve_command(
    registration: One, reason: Reason, by: By = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Accepter une demande en examen : le rattachement est prouvé par l'opérateur."""
    message = _message(lambda: OperatorApprove(by=actor(by), reason=reason))
    _act([registration], message, 5, None, dry_run, as_json)


@app.command("refuse")
def refuse_command(
    registration: One,
    reason: Annotated[str, typer.Option("--reason", help="Pourquoi : ce motif est envoyé à la personne")],
    by: By = None, dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Refuser une demande en examen ; la personne peut la corriger une fois."""
    message = _message(lambda: OperatorRefuse(by=actor(by), reason=reason))
    _act([registration], message, 5, None, dry_run, as_json)


def _one_or_many(
    message: OperatorMessage, registration: UUID | None, query: str | None, per_second: float,
    batch: str | None, dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    if (registration is None) == (query is None):
        raise typer.BadParameter("donner une inscription, ou --query, et pas les deux")
    if registration is not None:
        _act([registration], message, per_second, batch, dry_run, as_json)
        return
    assert query is not None
    wanted = queries.within(query)

    async def chosen(desk: Desk) -> list[UUID]:
        return [one.registration async for one in executions.listed(desk.client, wanted)]

    registrations = at_desk(chosen)
    if not dry_run and not yes and registrations:
        typer.confirm(f"Agir sur {len(registrations)} inscriptions ?", abort=True, err=True)
    _act(registrations, message, per_second, batch, dry_run, as_json, many=True)


def _act(
    registrations: Sequence[UUID], message: OperatorMessage, per_second: float, batch: str | None,
    dry_run: bool, as_json: bool, many: bool = False,
) -> None:  # fmt: skip
    async def work(desk: Desk) -> list[Report]:
        acts = Acts(desk.client, desk.pool, batch)
        do = acts.dry_run if dry_run else acts.perform
        with _bar(len(registrations), shown=many and not as_json) as (progress, task):
            return await paced(
                registrations, lambda one: do(one, message), per_second, lambda _: progress.advance(task)
            )

    reports = at_desk(work)
    left = len(registrations) - len(reports)
    good = all(one.result.good for one in reports) and not left
    if as_json:
        summary = _summary(reports) | ({"non traitées": left} if left else {})
        say_json({"dry_run": dry_run, "results": reports, "summary": summary})
    elif many:
        table(["Résultat", "Pourquoi", "Combien"], _grouped(reports))
        say(f"{left} non traitées : plus personne ne répondait" if left else f"{len(reports)} traitées")
    else:
        [one] = reports
        say(f"{one.result.value} : {one.words}" if one.words else one.result.value)
    if not good:
        raise typer.Exit(1)


class _bar:
    """A progress bar on standard error, where one is wanted."""

    def __init__(self, total: int, shown: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=errors(), disable=not shown)
        self._total = total

    def __enter__(self) -> tuple[Progress, TaskID]:
        self._progress.start()
        return self._progress, self._progress.add_task("inscriptions", total=self._total)

    def __exit__(self, *failure: object) -> None:
        self._progress.stop()


def _summary(reports: Sequence[Report]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for one in reports:
        counted[one.result.value] = counted.get(one.result.value, 0) + 1
    return counted


def _grouped(reports: Sequence[Report]) -> list[list[str]]:
    """Reports that say the same together; what was foreseen differs by its dates and counts as one."""
    counted: dict[tuple[str, str], int] = {}
    for one in reports:
        key = (one.result.value, "" if one.result.good else one.words)
        counted[key] = counted.get(key, 0) + 1
    return [[result, words or "–", str(number)] for (result, words), number in sorted(counted.items())]


def actor(given: str | None) -> str:
    """Who acts, as far as this machine knows: nobody has checked it."""
    name = (given or _login()).strip()
    if not 1 <= len(name) <= 80:
        raise typer.BadParameter("entre 1 et 80 caractères", param_hint="--by")
    return f"{name} (déclaré)"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "inconnu"


def _message(make: Callable[[], OperatorMessage]) -> OperatorMessage:
    try:
        return make()
    except ValidationError:
        raise typer.BadParameter("entre 3 et 500 caractères", param_hint="--reason") from None
