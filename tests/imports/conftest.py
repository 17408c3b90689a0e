"""A folder of files as exports are, and the load run on them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.messages import Kind
from infrastructure.database import PoolType
from infrastructure.imports.load import Order, Result, load
from infrastructure.settings import Settings

#: Establishments that pass their checks.
VIEUX_PORT, AIX, NANTES, FORMATION = "00000001800010", "00000001800028", "00000002600013", "00000007500010"

ESTABLISHMENTS = f"""siret;type;raison sociale;commune;numéro
{VIEUX_PORT};Adhérent;Restaurants du Vieux Port;Marseille;123456 001
{AIX};Adhérent;Restaurants du Vieux Port;Aix-en-Provence;123456 002
{NANTES};adherent;Propreté Services Loire;Nantes;123457 001
{FORMATION};Organisme de formation;Institut de formation;Paris;
"""
CONTACTS = f"""email;civilité;nom;prénom;siret
claire.dupont@masociete.example;Mme;DUPONT;Claire;{VIEUX_PORT}
claire.dupont@masociete.example;Mme;DUPONT;Claire;{AIX}
Jean-Karl.Rousseau@proprete.example;M.;ROUSSEAU;Jean-Karl;{NANTES}
paul@institut.example;;;;{FORMATION}
"""


@dataclass
class Desk:
    """Where files lie, and the database they go to."""

    folder: Path
    url: str
    pool: PoolType

    def file(self, text: str | bytes, name: str = "export.csv", encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    async def load(
        self,
        table: str,
        text: str | bytes,
        *,
        encoding: str = "utf-8",
        kind: Kind | None = None,
        **order: Any,
    ) -> Result:
        path = self.file(text, f"{table}.csv", encoding)
        return await load(self.url, Order(table, path, self.report, kind, **order))

    @property
    def report(self) -> Path:
        return self.folder / "refus.csv"

    def refused(self) -> list[list[str]]:
        """Line, reason and values of what was refused."""
        if not self.report.exists():
            return []
        with self.report.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, delimiter=";"))[1:]

    async def links(self) -> list[tuple[str, str, str]]:
        rows = await self.pool.fetch("SELECT * FROM contact_establishments ORDER BY 1, 2, 3")
        return [(row["email_key"], row["siret"], row["kind"]) for row in rows]

    async def contacts(self) -> list[str]:
        return [
            row["email"] for row in await self.pool.fetch("SELECT email FROM contacts ORDER BY email_key")
        ]

    async def state(self) -> list[Any]:
        """Everything AKTO knows, with the moments at which rows were last written."""
        tables = ("contacts", "establishments", "contact_establishments")
        return [await self.pool.fetch(f"TABLE {table} ORDER BY 1, 2, 3") for table in tables]


@pytest.fixture
def desk(tmp_path: Path, settings: Settings, database: PoolType) -> Desk:
    return Desk(tmp_path, settings.database_url.get_secret_value(), database)


@pytest.fixture
async def loaded(desk: Desk) -> Desk:
    """Both files, loaded."""
    await desk.load("establishments", ESTABLISHMENTS)
    await desk.load("contacts", CONTACTS)
    return desk
