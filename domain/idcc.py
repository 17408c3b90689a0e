"""Rules on IDCC, the numbers of collective agreements, and AKTO's branches among them.

An IDCC has four digits; elsewhere it is written 573 or 00573. Agreements merge: the number of one that
is gone is read as the number of the one it went into.

The table is a help and never a gate. Its sources: the ministry of labour's table of agreements by OPCO
(2019) and the mergers published since, as known in November 2026; AKTO counts 27 branches, 24 were found.
AKTO is also open to companies without any branch agreement, so that an IDCC outside the table is accepted
and left to an operator's attention.
"""

import re
import unicodedata
from types import MappingProxyType

#: « Aucune convention collective »: the code that payslips use for it.
NO_AGREEMENT = "9999"
#: An agreement that was signed and is not in force yet.
NOT_IN_FORCE = "9998"

LENGTH = 4

BRANCHES = MappingProxyType(
    {
        "0158": "Travail mécanique du bois, scieries, négoce et importation des bois",
        "0275": "Transport aérien, personnel au sol",
        "0573": "Commerces de gros",
        "1266": "Restauration de collectivités",
        "1311": "Restauration ferroviaire",
        "1351": "Prévention et sécurité",
        "1413": "Travail temporaire, salariés permanents",
        "1501": "Restauration rapide",
        "1516": "Organismes de formation",
        "1671": "Maisons d'étudiants",
        "1944": "Hélicoptères, personnel navigant technique",
        "1979": "Hôtels, cafés, restaurants",
        "2002": "Blanchisserie, laverie, location de linge, pressing",
        "2060": "Chaînes de cafétérias",
        "2147": "Services d'eau et d'assainissement",
        "2149": "Activités du déchet",
        "2378": "Travail temporaire, intérimaires",
        "2583": "Sociétés d'autoroutes",
        "2691": "Enseignement privé indépendant",
        "3043": "Propreté",
        "3218": "Enseignement privé non lucratif",
        "3219": "Portage salarial",
        "3243": "Quincaillerie, fournitures industrielles, fers, métaux",
        "7520": "Établissements d'enseignement et organismes de formation aux métiers du territoire",
    }
)

#: Agreements that are gone, and the one each went into.
MERGED = MappingProxyType(
    {
        "0635": "0573",
        "1624": "0573",
        "1761": "0573",
        "0731": "3243",
        "1383": "3243",
        "1391": "0275",
        "7509": "7520",
        "0172": "0158",
    }
)


def read_idcc(text: str) -> tuple[str | None, str | None]:
    """Return (the four digits of the agreement in force, None), or (None, code).

    The codes: `idcc_missing` (nothing typed), `idcc_malformed` (no number, zero, or more than four digits).
    """
    if not any(unicodedata.category(character)[0] not in "ZC" for character in text):
        return None, "idcc_missing"
    digits = re.sub("[^0-9]", "", "".join(_ascii_digit(character) for character in text)).lstrip("0")
    if not 1 <= len(digits) <= LENGTH:
        return None, "idcc_malformed"
    return current(digits.zfill(LENGTH)), None


def current(idcc: str) -> str:
    """The agreement that applies now where this one did."""
    return MERGED.get(idcc, idcc)


def branch(idcc: str) -> str | None:
    """The name of AKTO's branch for this agreement, None outside the table."""
    return BRANCHES.get(current(idcc))


def is_akto(idcc: str) -> bool:
    """Whether the agreement is known to be one of AKTO's branches."""
    return current(idcc) in BRANCHES


def _ascii_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
