"""`python -m starter export`: the outbox for a portal that reads files, and its acknowledgement."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from infrastructure.database import PoolType, connect
from infrastructure.outbox import acknowledge, after
from infrastructure.settings import load_settings

PAGE = 1_000

Target = Annotated[Path | None, typer.Argument(metavar="[FICHIER]", help="Où écrire ; sinon à l'écran")]
Since = Annotated[int, typer.Option("--depuis", help="Numéro du dernier événement déjà lu")]
Taken = Annotated[
    int | None, typer.Option("--acquitter", help="Noter comme pris tout ce qui précède, ce numéro compris")
]


def export_command(target: Target = None, since: Since = 0, taken: Taken = None) -> None:
    """Écrire les événements de comptes et de rattachements, un par ligne (JSON, docs/handover.md)."""
    asyncio.run(_export(target, since, taken))


async def _export(target: Path | None, since: int, taken: int | None) -> None:
    pool = await connect(load_settings(), application="mon-espace-export")
    try:
        if taken is not None:
            typer.echo(f"événements notés comme pris : {await acknowledge(pool, taken)}")
        elif target is None:
            await _write(pool, since, sys.stdout)
        else:
            # What it holds is personal: for its owner's eyes.
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                count, last = await _write(pool, since, file)
            typer.echo(f"{count} événements écrits, dernier numéro : {last}")
    finally:
        await pool.close()


async def _write(pool: PoolType, since: int, file: TextIO) -> tuple[int, int]:
    count, last = 0, since
    while events := await after(pool, last, PAGE):
        file.writelines(event.as_json() + "\n" for event in events)
        count, last = count + len(events), events[-1].number
    return count, last
