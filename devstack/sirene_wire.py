"""INSEE's documents as they travel, made for the stand-in's establishments.

Written from what is known of the format (API Sirene 3.11), not from what our client reads of it: keys the
client ignores are here as well, one that nobody knows too, since INSEE adds some without notice.
"""

import unicodedata
from datetime import timedelta
from typing import Any

from devstack.companies import Case, Company

MASKED = "[ND]"
Document = dict[str, Any]

MAINTENANCE_PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>Maintenance</title></head>
<body><h1>Service momentanément indisponible</h1><p>Une opération de maintenance est en cours.</p></body>
</html>
"""


def header(status: int, message: str) -> Document:
    """What INSEE itself answers without an establishment."""
    return {"header": {"statut": status, "message": message}}


def gateway(status: int, message: str) -> Document:
    """What the gateway in front of INSEE answers."""
    return {"message": message, "http_status_code": status}


def establishment(company: Company) -> Document:
    """The document of a 200."""
    partly = company.case is Case.PARTLY_PUBLIC
    street = MASKED if partly else None
    return {
        "header": {"statut": 200, "message": "ok"},
        "etablissement": {
            "score": None,
            "siren": company.siren,
            "nic": company.siret[9:],
            "siret": company.siret,
            "statutDiffusionEtablissement": "P" if partly else "O",
            "dateCreationEtablissement": company.since.isoformat(),
            "trancheEffectifsEtablissement": "12",
            "anneeEffectifsEtablissement": "2024",
            "activitePrincipaleRegistreMetiersEtablissement": None,
            "dateDernierTraitementEtablissement": "2026-03-12T08:41:07.512",
            "etablissementSiege": company.siret[9:13] == "0001",
            "nombrePeriodesEtablissement": len(_periods(company)),
            "activitePrincipaleNAF25Etablissement": None,
            "uniteLegale": _legal_unit(company),
            "adresseEtablissement": {
                "complementAdresseEtablissement": street,
                "numeroVoieEtablissement": street or "12",
                "indiceRepetitionEtablissement": street,
                "typeVoieEtablissement": street or "RUE",
                "libelleVoieEtablissement": street or "DE L EXEMPLE",
                "codePostalEtablissement": company.postcode,
                "libelleCommuneEtablissement": capitals(company.commune),
                "libelleCommuneEtrangerEtablissement": None,
                "distributionSpecialeEtablissement": street,
                "codeCommuneEtablissement": company.postcode,
                "codeCedexEtablissement": None,
                "libelleCedexEtablissement": None,
                "codePaysEtrangerEtablissement": None,
                "libellePaysEtrangerEtablissement": None,
            },
            "adresse2Etablissement": {"numeroVoie2Etablissement": None, "libelleVoie2Etablissement": None},
            "periodesEtablissement": _periods(company),
        },
    }


def information() -> Document:
    """The service's health."""
    return {
        "header": {"statut": 200, "message": "OK"},
        "etatService": "UP",
        "etatsDesServices": [{"Collection": "Etablissements", "etatCollection": "UP"}],
        "versionService": "3.11",
        "datesDernieresMisesAJourDesDonnees": [
            {"collection": "Etablissements", "dateDernierTraitementMaximum": "2026-11-20T20:11:56"}
        ],
    }


def capitals(text: str) -> str:
    """INSEE's spelling: capitals without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if not unicodedata.combining(character)).upper()


def _legal_unit(company: Company) -> Document:
    partly = company.case is Case.PARTLY_PUBLIC
    first, last = company.person or (None, None)
    natural = company.person is not None
    hidden = MASKED if partly and natural else None
    return {
        "etatAdministratifUniteLegale": "C" if company.case is Case.CEASED else "A",
        "statutDiffusionUniteLegale": "P" if partly else "O",
        "dateCreationUniteLegale": company.since.isoformat(),
        "categorieJuridiqueUniteLegale": "1000" if natural else "5499",
        "denominationUniteLegale": None if natural else capitals(company.name),
        "sigleUniteLegale": MASKED if partly else None,
        "denominationUsuelle1UniteLegale": hidden,
        "denominationUsuelle2UniteLegale": hidden,
        "sexeUniteLegale": (hidden or "F") if natural else None,
        "nomUniteLegale": hidden or (last and capitals(last)),
        "nomUsageUniteLegale": hidden,
        "prenom1UniteLegale": hidden or (first and capitals(first)),
        "prenom2UniteLegale": hidden,
        "prenomUsuelUniteLegale": hidden or (first and capitals(first)),
        "pseudonymeUniteLegale": hidden,
        "activitePrincipaleUniteLegale": company.naf,
        "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
        "identifiantAssociationUniteLegale": None,
        "economieSocialeSolidaireUniteLegale": "N",
        "caractereEmployeurUniteLegale": "O",
        "trancheEffectifsUniteLegale": "12",
        "anneeEffectifsUniteLegale": "2024",
        "nicSiegeUniteLegale": company.siret[9:],
        "dateDernierTraitementUniteLegale": "2026-03-12T08:41:07",
        "categorieEntreprise": "PME",
    }


def _periods(company: Company) -> list[Document]:
    masked_person = company.case is Case.PARTLY_PUBLIC and company.person is not None

    def period(start: str, end: str | None, state: str, changed: bool) -> Document:
        return {
            "dateFin": end,
            "dateDebut": start,
            "etatAdministratifEtablissement": state,
            "changementEtatAdministratifEtablissement": changed,
            "enseigne1Etablissement": MASKED if masked_person else None,
            "enseigne2Etablissement": None,
            "enseigne3Etablissement": None,
            "changementEnseigneEtablissement": False,
            "denominationUsuelleEtablissement": MASKED if masked_person else None,
            "changementDenominationUsuelleEtablissement": False,
            "activitePrincipaleEtablissement": company.naf,
            "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
            "changementActivitePrincipaleEtablissement": False,
            "caractereEmployeurEtablissement": "O",
            "changementCaractereEmployeurEtablissement": False,
        }

    since = company.since.isoformat()
    if company.closed_on is None:
        return [period(since, None, "A", False)]
    before = (company.closed_on - timedelta(days=1)).isoformat()
    return [period(company.closed_on.isoformat(), None, "F", True), period(since, before, "A", False)]
