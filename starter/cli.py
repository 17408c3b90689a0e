"""The operators' command line, in French: `python -m starter --help`."""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from infrastructure.database import DatabaseUnavailable, MigrationError, migrate
from infrastructure.database import connect as connect_database
from infrastructure.key_check import WrongKey, check_keys
from infrastructure.settings import SettingsError, load_settings
from infrastructure.temporal import (
    connect,
    ensure_namespace,
    register_search_attributes,
    set_retention,
)
from starter import bounces_cli, handover_cli, imports_cli
from starter.contract import contract as the_contract
from starter.operators import (
    cli_acting,
    cli_attachments,
    cli_doctor,
    cli_erase,
    cli_reading,
    cli_stats,
)
from starter.operators.executions import DeskError
from starter.retention import schedule_retention
from starter.settings_page import settings_page
from workflows import attributes

app = typer.Typer(
    help="Mon Espace : inscriptions, vues par leurs opérateurs. Le mode d'emploi : docs/operations.md.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback would print the values of local variables: an address, say.
    pretty_exceptions_enable=False,
)
for part in (cli_reading, cli_acting, cli_erase, cli_stats, cli_doctor):
    app.add_typer(part.app)
app.add_typer(cli_attachments.app, name="attachments")
app.add_typer(imports_cli.app, name="import")
app.command("bounce")(bounces_cli.bounce_command)
app.command("export")(handover_cli.export_command)


@app.command("migrate")
def migrate_command() -> None:
    """Mettre la base de données à jour (sans effet si elle l'est déjà)."""
    settings = load_settings()

    async def bring_up_to_date() -> tuple[list[str], list[str]]:
        applied = await migrate(settings.database_url.get_secret_value())
        pool = await connect_database(settings, application="mon-espace-migrate")
        try:
            return applied, await check_keys(pool, settings, declare=True)
        finally:
            await pool.close()

    applied, declared = _run(bring_up_to_date())
    print("\n".join(f"appliquée : {name}" for name in applied) or "la base est à jour")
    for name in declared:
        print(f"clef déclarée : {name}")


@app.command("setup")
def setup_command(
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--retention",
            help="Créer l’espace de noms s’il n’existe pas ; y garder N jours les inscriptions terminées",
            metavar="N",
            min=1,
        ),
    ] = None,
) -> None:
    """Déclarer dans Temporal les attributs de recherche et la purge quotidienne (peut être répété)."""

    async def setup() -> tuple[list[str], bool]:
        client = await connect(load_settings(), lazy=keep_days is not None)
        if keep_days is not None:
            retention = timedelta(days=keep_days)
            if await ensure_namespace(client, retention):
                print(f"espace de noms créé : {client.namespace}")
            else:
                await set_retention(client, retention)
        added = await register_search_attributes(client, attributes.KEYS)
        return added, await schedule_retention(client)

    added, created = _run(setup())
    print("\n".join(f"déclaré : {name}" for name in added) or "les attributs sont déclarés")
    print("purge quotidienne : créée" if created else "purge quotidienne : à jour")


@app.command("contract")
def contract_command(
    target: Annotated[Path, typer.Option("--vers", help="Fichier à écrire")] = Path("docs/contract.json"),
) -> None:
    """Écrire le contrat du workflow (JSON)."""
    target.write_text(json.dumps(the_contract(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"écrit : {target}")


@app.command("settings")
def settings_command(
    target: Annotated[Path, typer.Option("--vers", help="Fichier à écrire")] = Path("docs/settings.md"),
) -> None:
    """Écrire la page des réglages (docs/settings.md)."""
    target.write_text(settings_page(), encoding="utf-8")
    print(f"écrit : {target}")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def main() -> None:
    """Run one command; leave without waiting for the SDK's threads, which may abort at exit."""
    code = 0
    try:
        # Without its standalone mode, the library returns the code of a command that asked to leave.
        returned = app(standalone_mode=False)
        code = returned if isinstance(returned, int) else 0
    except (SettingsError, MigrationError, DeskError, DatabaseUnavailable, WrongKey) as error:
        sys.stderr.write(f"{error}\n")
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except typer.TyperException as error:
        sys.stderr.write(f"{error.format_message()}\n")
        code = 2
    except Exception as error:
        # Its text may hold what was typed.
        sys.stderr.write(f"{type(error).__name__} ; voir « python -m starter doctor »\n")
        code = 1
    gc.collect()
    time.sleep(0.1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
