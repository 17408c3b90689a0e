"""The operators' command line, in French: `python -m starter --help`."""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from infrastructure.database import MigrationError, migrate
from infrastructure.settings import SettingsError, load_settings
from infrastructure.temporal import connect, register_search_attributes
from starter.contract import contract as the_contract
from workflows import attributes

app = typer.Typer(
    help="Mon Espace : inscriptions, vues par leurs opérateurs.", no_args_is_help=True, add_completion=False
)


@app.command("migrate")
def migrate_command() -> None:
    """Mettre la base de données à jour (sans effet si elle l'est déjà)."""
    settings = load_settings()
    applied = asyncio.run(migrate(settings.database_url.get_secret_value()))
    print("\n".join(f"appliquée : {name}" for name in applied) or "la base est à jour")


@app.command("setup")
def setup_command() -> None:
    """Déclarer les attributs de recherche dans Temporal (sans effet s'ils le sont déjà)."""

    async def setup() -> list[str]:
        client = await connect(load_settings())
        return await register_search_attributes(client, attributes.KEYS)

    added = _run(setup())
    print("\n".join(f"déclaré : {name}" for name in added) or "les attributs sont déclarés")


@app.command("contract")
def contract_command(
    target: Annotated[Path, typer.Option("--vers", help="Fichier à écrire")] = Path("docs/contract.json"),
) -> None:
    """Écrire le contrat du workflow (JSON)."""
    target.write_text(json.dumps(the_contract(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"écrit : {target}")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def main() -> None:
    """Run one command; leave without waiting for the SDK's threads, which may abort at exit."""
    code = 0
    try:
        app(standalone_mode=False)
    except (SettingsError, MigrationError) as error:
        sys.stderr.write(f"{error}\n")
        code = 2
    except typer.Exit as stop:
        code = stop.exit_code
    except typer.Abort:
        code = 130
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        code = 1
    gc.collect()
    time.sleep(0.1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
