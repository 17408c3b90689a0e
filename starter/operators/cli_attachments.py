"""`attachments`: what was attached on somebody's word, and what operators decide about it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from domain.messages import Kind
from infrastructure.attachment_reviews import Decision, ToConfirm, decide, to_confirm, waiting
from infrastructure.audit import Act
from starter.operators.cli_acting import By, DryRun, Reason, actor
from starter.operators.cli_reading import Json
from starter.operators.desk import Desk, at_desk
from starter.operators.output import ago, say, say_json, table

app = typer.Typer(help="Rattachements « à confirmer ».", no_args_is_help=True)
Attachment = Annotated[UUID, typer.Argument(help="Le rattachement (première colonne de la liste)")]

_SAID = {
    "unknown": "Aucun rattachement de cet identifiant (peut-être déjà refusé).",
    "confirmed_before": "Ce rattachement est déjà confirmé.",
}


@app.command("list")
def list_command(
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Combien au plus")] = 100,
    as_json: Json = False,
) -> None:
    """Lister les rattachements à confirmer, le plus ancien d'abord."""

    async def work(desk: Desk) -> tuple[list[ToConfirm], int]:
        return await to_confirm(desk.pool, limit), (await waiting(desk.pool))[0]

    found, count = at_desk(work)
    if as_json:
        say_json({"attachments": found, "count": count})
        return
    now = datetime.now(UTC)
    rows = [
        [
            str(one.id),
            one.siret,
            Kind(one.kind).label,
            one.name or "–",
            one.idcc or "–",
            ago(one.created_at, now),
            str(one.registration_id),
        ]
        for one in found
    ]
    table(["Rattachement", "SIRET", "Type", "Nom", "IDCC", "Depuis", "Inscription"], rows)
    say(f"{len(rows)} affichés sur {count}")


@app.command("confirm")
def confirm_command(
    attachment: Attachment, reason: Reason, by: By = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Confirmer un rattachement."""
    _decide(attachment, "confirm", reason, by, dry_run, as_json)


@app.command("refuse")
def refuse_command(
    attachment: Attachment, reason: Reason, by: By = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Refuser un rattachement : il disparaît du compte, qui reste."""
    _decide(attachment, "refuse", reason, by, dry_run, as_json)


def _decide(
    attachment: UUID, decision: Decision, reason: str, by: str | None, dry_run: bool, as_json: bool
) -> None:
    if not 3 <= len(reason) <= 500:
        raise typer.BadParameter("entre 3 et 500 caractères", param_hint="--reason")
    act = Act(actor(by), f"attachment_{decision}", None, reason)

    async def work(desk: Desk) -> str:
        return await decide(desk.pool, attachment, decision, replace(act), dry_run=dry_run)

    result = at_desk(work)
    words = _SAID.get(result) or ("serait fait" if dry_run else "fait")
    if as_json:
        say_json({"attachment": attachment, "decision": decision, "result": result, "dry_run": dry_run})
    else:
        say(words)
    if result != "done":
        raise typer.Exit(1)
