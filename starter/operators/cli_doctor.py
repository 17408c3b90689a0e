"""`doctor`: is every part there, and what mends the one that is not."""

import asyncio
import os
from typing import Annotated

import typer

from infrastructure.database import connect as connect_database
from infrastructure.settings import load_settings
from infrastructure.temporal import connect as connect_temporal
from starter.operators.checks import Finding, Parts, findings
from starter.operators.cli_reading import Json
from starter.operators.output import say_json, table

app = typer.Typer()


@app.command("doctor")
def doctor_command(
    codec: Annotated[
        str | None, typer.Option("--codec", help="Adresse du serveur de déchiffrement ; sinon AKTO_CODEC_URL")
    ] = None,
    as_json: Json = False,
) -> None:
    """Vérifier chaque pièce : versions, attributs, workers, clés, base, relais, INSEE."""
    found = asyncio.run(_examine(codec or os.environ.get("AKTO_CODEC_URL", "")))
    if as_json:
        say_json(found)
    else:
        table(
            ["Pièce", "État", "Constat", "Remède"], [[f.part, f.level, f.found, f.fix or "–"] for f in found]
        )
    if any(one.level == "panne" for one in found):
        raise typer.Exit(1)


async def _examine(codec_url: str) -> list[Finding]:
    settings = load_settings()
    try:
        client = await connect_temporal(settings)
    except RuntimeError:
        client = None
    pool = await connect_database(settings, application="mon-espace-operateur")
    try:
        return await findings(Parts(settings, client, pool, codec_url))
    finally:
        await pool.close()
