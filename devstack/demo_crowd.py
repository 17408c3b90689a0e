"""AKTO's other members, training organisations and contacts: a base of plausible size around the stories.

Ten companies for each of AKTO's branches, one to three establishments each; people who are contacts of one
establishment, of a whole company, or of many companies. Invented, and the same ones each time.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stdnum import luhn

from domain.idcc import BRANCHES

PER_BRANCH = 10
TRAINING = frozenset({"1516", "2691", "3218", "7520"})
COMMUNES = ("Amiens", "Béziers", "Saint-Étienne", "L'Haÿ-les-Roses", "Nîmes", "Besançon", "Pau", "Évry")
FIRST = ("Aïcha", "Benoît", "Chloé", "Denis", "Élodie", "Farid", "Gaëlle", "Hugo", "Inès", "Jules")
LAST = ("MOREAU", "D'ALMEIDA", "LE BRAS", "FONTAINE", "NGUYEN", "DA SILVA", "PETIT", "KONÉ", "ROY")
#: Accountants and consultants: each is a contact of the companies of some branches.
CABINETS = 6


class Establishment(NamedTuple):
    """As AKTO knows it; one in thirty has no number."""

    siret: str
    kind: str
    name: str
    commune: str
    number: str | None


class Person(NamedTuple):
    """A contact, and of which establishments."""

    email: str
    civility: str
    last_name: str
    first_name: str
    establishments: tuple[Establishment, ...]


def companies() -> Iterator[tuple[Establishment, ...]]:
    """The establishments of each company, branch after branch."""
    for place, (idcc, branch) in enumerate(BRANCHES.items()):
        kind = "training_organisation" if idcc in TRAINING else "member"
        for index in range(PER_BRANCH):
            number = place * PER_BRANCH + index
            yield tuple(
                Establishment(
                    siret=_siret(number, nic + 1),
                    kind=kind,
                    name=f"{branch.split(',')[0]} {COMMUNES[number % len(COMMUNES)]} {index + 1}",
                    commune=COMMUNES[(number + nic) % len(COMMUNES)],
                    number=None if number % 30 == 29 else f"{300_000 + number} {nic + 1:03}",
                )
                for nic in range(1 + number % 3)
            )


def people() -> Iterator[Person]:
    """Two to four contacts a company, then the cabinets."""
    everything = list(companies())
    for number, company in enumerate(everything):
        yield _person(number, 0, f"entreprise-{number}", company)
        for index, establishment in enumerate(company):
            yield _person(number, index + 1, f"entreprise-{number}", (establishment,))
    for cabinet in range(CABINETS):
        clients = [establishment for company in everything[cabinet::CABINETS] for establishment in company]
        yield _person(cabinet, cabinet, f"cabinet-{cabinet}", tuple(clients))


def _person(number: int, index: int, domain: str, establishments: tuple[Establishment, ...]) -> Person:
    first = FIRST[(number + index) % len(FIRST)]
    return Person(
        email=f"contact{index}@{domain}.example",
        civility="madame" if (number + index) % 2 == 0 else "monsieur",
        last_name=LAST[(number * 5 + index) % len(LAST)],
        first_name=first,
        establishments=establishments,
    )


def _siret(company: int, nic: int) -> str:
    """SIREN that begin with five zeros, behind those of the stories."""
    siren = f"{100 + company:08}"
    siren += luhn.calc_check_digit(siren)
    number = f"{siren}{nic:04}"
    return str(number + luhn.calc_check_digit(number))
