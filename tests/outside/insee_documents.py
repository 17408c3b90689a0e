"""INSEE's documents as recorded, and a client that is served them.

They come from INSEE, not from our stand-in: what the client reads is checked against the original.
"""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from domain.effects import InseeAnswer
from infrastructure.sirene import SireneAnswer, SireneClient, SireneUnavailable
from tests.outside.scripted import Script, Scripted, scripted

SIRET = "41816609600069"
OTHER = "41816609600077"
KEY = "cle-insee-confidentielle"

ACTIVE: dict[str, Any] = {
    "header": {"statut": 200, "message": "ok"},
    "etablissement": {
        "siren": "418166096",
        "nic": "00069",
        "siret": "41816609600069",
        "statutDiffusionEtablissement": "O",
        "dateCreationEtablissement": "2016-11-28",
        "trancheEffectifsEtablissement": "41",
        "anneeEffectifsEtablissement": "2022",
        "dateDernierTraitementEtablissement": "2024-05-31T05:29:58.725",
        "etablissementSiege": True,
        "nombrePeriodesEtablissement": 1,
        "uniteLegale": {
            "etatAdministratifUniteLegale": "A",
            "statutDiffusionUniteLegale": "O",
            "dateCreationUniteLegale": "1998-04-01",
            "categorieJuridiqueUniteLegale": "5710",
            "denominationUniteLegale": "OCTO-TECHNOLOGY",
            "sigleUniteLegale": None,
            "denominationUsuelle1UniteLegale": None,
            "sexeUniteLegale": None,
            "nomUniteLegale": None,
            "nomUsageUniteLegale": None,
            "prenom1UniteLegale": None,
            "prenomUsuelUniteLegale": None,
            "activitePrincipaleUniteLegale": "62.02A",
            "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
            "nicSiegeUniteLegale": "00069",
            "categorieEntreprise": "GE",
        },
        "adresseEtablissement": {
            "complementAdresseEtablissement": None,
            "numeroVoieEtablissement": "34",
            "indiceRepetitionEtablissement": None,
            "typeVoieEtablissement": "AVENUE",
            "libelleVoieEtablissement": "DE L'OPERA",
            "codePostalEtablissement": "75002",
            "libelleCommuneEtablissement": "PARIS",
            "libelleCommuneEtrangerEtablissement": None,
            "codeCommuneEtablissement": "75102",
            "codeCedexEtablissement": None,
            "libellePaysEtrangerEtablissement": None,
        },
        "adresse2Etablissement": {"numeroVoie2Etablissement": None},
        "periodesEtablissement": [
            {
                "dateFin": None,
                "dateDebut": "2016-11-28",
                "etatAdministratifEtablissement": "A",
                "changementEtatAdministratifEtablissement": False,
                "enseigne1Etablissement": None,
                "denominationUsuelleEtablissement": None,
                "activitePrincipaleEtablissement": "62.02A",
                "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
                "caractereEmployeurEtablissement": "O",
            }
        ],
    },
}
UNKNOWN = {"header": {"statut": 404, "message": f"Aucun élément trouvé pour le siret {SIRET}"}}
NOT_PUBLIC = {"header": {"statut": 403, "message": f"Établissement non diffusable ({SIRET})"}}
BAD_REQUEST = {"header": {"statut": 400, "message": "Erreur de syntaxe"}}
DOWN = {"header": {"statut": 503, "message": "Service indisponible"}}
UNAUTHORISED = {"message": "Unauthorized", "http_status_code": 401}
SPENT = {"message": "Rate limit exceeded! You reached the limit of 30 requests", "http_status_code": 429}
PAGE = "<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>"

OPEN = InseeAnswer(about=SIRET, status="active", name="OCTO-TECHNOLOGY", commune="PARIS")


def document(
    unit: dict[str, Any] | None = None,
    periods: list[dict[str, Any]] | None = None,
    **establishment: Any,
) -> dict[str, Any]:
    """The recorded document with some keys changed."""
    changed = copy.deepcopy(ACTIVE)
    changed["etablissement"]["uniteLegale"].update(unit or {})
    if periods is not None:
        changed["etablissement"]["periodesEtablissement"] = periods
    changed["etablissement"].update(establishment)
    return changed


def without_nulls(value: Any) -> Any:
    """As INSEE answers when it leaves null values out."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def period(start: str, end: str | None, state: str, changed: bool = False) -> dict[str, Any]:
    return {
        "dateDebut": start,
        "dateFin": end,
        "etatAdministratifEtablissement": state,
        "changementEtatAdministratifEtablissement": changed,
    }


@asynccontextmanager
async def insee(script: Script, deadline: float = 2.0) -> AsyncIterator[tuple[SireneClient, Scripted]]:
    async with scripted(script) as server:
        base = f"{server.url}/api-sirene/3.11"
        async with SireneClient(base, SecretStr(KEY), deadline) as client:
            yield client, server


async def ask(script: Script, deadline: float = 2.0) -> SireneAnswer:
    async with insee(script, deadline) as (client, _):
        return await client.establishment(SIRET)


async def refusal(script: Script, deadline: float = 2.0) -> SireneUnavailable:
    with pytest.raises(SireneUnavailable) as caught:
        await ask(script, deadline)
    return caught.value
