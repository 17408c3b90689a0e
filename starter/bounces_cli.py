"""`python -m starter bounce MESSAGE-ID`: a returned mail, reported by an operator."""

import asyncio
from typing import Annotated

import typer

from infrastructure.database import connect
from infrastructure.settings import load_settings
from infrastructure.temporal import connect as connect_temporal
from starter.bounces import Bounces, Fate
from starter.registrations import Registrations

WORDS: dict[Fate, str] = {
    "reported": "signalé : la personne peut corriger son adresse",
    "ignored": "sans effet : plus personne n'attend ce message",
    "unknown": "inconnu : ce n'est pas un message de Mon Espace",
}

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE-ID", help="En-tête Message-ID du mail revenu")]


def bounce_command(message_id: MessageId) -> None:
    """Signaler un mail revenu en erreur à l'inscription qu'il concerne."""
    fate = asyncio.run(_report(message_id))
    typer.echo(WORDS[fate])
    if fate == "unknown":
        raise typer.Exit(1)


async def _report(message_id: str) -> Fate:
    settings = load_settings()
    pool = await connect(settings, application="mon-espace-bounce")
    try:
        client = await connect_temporal(settings)
        registrations = Registrations(client, settings.email_hash_key)
        return await Bounces(pool, registrations, settings.email_hash_key).report(message_id)
    finally:
        await pool.close()
