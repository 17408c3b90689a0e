"""AKTO's side of the demonstration: who is a known contact, which number belongs to which establishment.

All are invented; addresses end in `.example`, which no relay delivers. `docs/demo.json` says the same for
programs: `python -m devstack.demo_data` writes it, and a test fails when the two differ.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import asyncpg

from devstack import demo_crowd
from devstack.companies import COMPANIES, Case, Company
from domain.numbers import number_key
from domain.people import email_key


@dataclass(frozen=True)
class Contact:
    """A person AKTO knows, and for which establishments."""

    email: str
    civility: str
    first_name: str
    last_name: str
    sirets: tuple[str, ...]
    what: str


CONTACTS: tuple[Contact, ...] = (
    Contact(
        "claire.dupont@masociete.example",
        "madame",
        "Claire",
        "DUPONT",
        ("00000001800010", "00000001800028", "00000001800036"),
        "contact connu pour trois établissements",
    ),
    Contact(
        "Jean-Karl.Rousseau@proprete-loire.example",
        "monsieur",
        "Jean-Karl",
        "ROUSSEAU",
        ("00000002600013",),
        "contact connu pour un établissement ; AKTO écrit son adresse avec des majuscules",
    ),
    Contact(
        "nadia.benali@cabinet-conseil.example",
        "madame",
        "Nadia",
        "BENALI",
        tuple(c.siret for c in COMPANIES if c.akto and c.kind == "member"),
        "un cabinet, contact de tous les adhérents de la démonstration",
    ),
    Contact(
        "paul.martin@institut-metiers.example",
        "monsieur",
        "Paul",
        "MARTIN",
        ("00000007500010", "00000007500028"),
        "contact d'un organisme de formation",
    ),
)

#: AKTO knows this one but has no number for it: its registrations go to review.
WITHOUT_NUMBER = "00000005900014"


def number_of(company: Company) -> str | None:
    """The number AKTO gave: one for each company, one suffix for each of its establishments."""
    if not company.akto or company.siret == WITHOUT_NUMBER:
        return None
    sirens = sorted({other.siren for other in COMPANIES if other.akto})
    siblings = sorted(other.siret for other in COMPANIES if other.akto and other.siren == company.siren)
    return f"{123456 + sirens.index(company.siren)} {siblings.index(company.siret) + 1:03}"


async def load(database_url: str) -> None:
    """Write contacts and establishments; safe to repeat, touches nothing else."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        async with connection.transaction():
            await connection.executemany(_ESTABLISHMENT, [_row(c) for c in COMPANIES if c.akto])
            for contact in CONTACTS:
                key = email_key(contact.email)
                await connection.execute(
                    _CONTACT, key, contact.email, contact.civility, contact.last_name, contact.first_name
                )
                await connection.execute(_ATTACH, key, list(contact.sirets))
            await _load_crowd(connection)
    finally:
        await connection.close()


async def _load_crowd(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    establishments = [one for company in demo_crowd.companies() for one in company]
    people = list(demo_crowd.people())
    await connection.executemany(
        _ESTABLISHMENT, [(*one, number_key(one.number) if one.number else None) for one in establishments]
    )
    await connection.executemany(
        _CONTACT, [(email_key(p.email), p.email, p.civility, p.last_name, p.first_name) for p in people]
    )
    await connection.executemany(
        _LINK, [(email_key(p.email), one.siret, one.kind) for p in people for one in p.establishments]
    )


def _row(company: Company) -> tuple[str, str, str, str, str | None, str | None]:
    number = number_of(company)
    key = number.replace(" ", "").upper() if number else None
    return company.siret, company.kind, company.name, company.commune, number, key


_ESTABLISHMENT = """
INSERT INTO establishments (siret, kind, name, commune, number, number_key) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (siret, kind) DO UPDATE SET name = EXCLUDED.name, commune = EXCLUDED.commune,
    number = EXCLUDED.number, number_key = EXCLUDED.number_key
"""
_CONTACT = """
INSERT INTO contacts (email_key, email, civility, last_name, first_name) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email_key) DO NOTHING
"""
_ATTACH = """
INSERT INTO contact_establishments (email_key, siret, kind)
SELECT $1, siret, kind FROM establishments WHERE siret = ANY($2::text[])
ON CONFLICT DO NOTHING
"""

_LINK = """
INSERT INTO contact_establishments (email_key, siret, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""

_LEADS_TO = {
    Case.ACTIVE: "l'IDCC est demandé, puis le compte est rattaché « à confirmer »",
    Case.CLOSED: "« fermé » : un autre établissement est demandé",
    Case.CEASED: "« fermé » : un autre établissement est demandé",
    Case.PARTLY_PUBLIC: "l'IDCC est demandé ; le nom n'est pas publié",
    Case.NOT_PUBLIC: "la demande est examinée par un opérateur",
    Case.UNKNOWN: "« inconnu » : le SIRET est à vérifier",
    Case.MOVED: "« inconnu » : le SIRET est à vérifier",
}


def catalogue() -> dict[str, Any]:
    """Who and what to try, and what each leads to."""
    people = [{"email": c.email, "what": c.what, "leads_to": "un mail de confirmation"} for c in CONTACTS]
    people.append(
        {
            "email": "vous@exemple.example",
            "what": "une adresse inconnue d'AKTO",
            "leads_to": "thématiques, puis établissement",
        }
    )
    known = [
        {
            "siret": c.siret,
            "kind": c.kind,
            "number": number_of(c),
            "what": f"{c.name}, {c.commune}",
            "leads_to": "le numéro est demandé" if number_of(c) else "sans numéro : un opérateur examine",
        }
        for c in COMPANIES
        if c.akto
    ]
    unknown = [
        {
            "siret": c.siret,
            "kind": c.kind,
            "idcc": c.idcc,
            "case": c.case.value,
            "what": f"{c.name} ({c.case.label})",
            "leads_to": _LEADS_TO[c.case],
        }
        for c in COMPANIES
        if not c.akto
    ]
    return {"people": people, "numbers": known, "sirets": unknown}


def main() -> None:
    """Write the catalogue to standard output."""
    json.dump(catalogue(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
