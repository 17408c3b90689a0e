"""What the columns of a file mean, and each line's values cleaned or refused.

Names of columns are recognised in French and English, whatever their case and accents. A line says one
fact: « this person is a contact of this establishment », « AKTO knows this establishment under this number ».
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from domain.messages import Kind
from domain.numbers import number_key
from domain.people import EMAIL_MAX, Civility, email_key, read_email
from domain.siret import clean, read_siret
from infrastructure.imports.source import SourceError

Row = tuple[Any, ...]

NAME_MAX = 200
NUMBER_MAX = 40

COLUMNS: dict[str, dict[str, str]] = {
    "contacts": {
        "email": "email mail adresseemail adressemail courriel emailcontact",
        "siret": "siret numerosiret nosiret nsiret siretetablissement",
        "kind": "type typeetablissement kind",
        "civility": "civilite civility titre",
        "last_name": "nom nomcontact nomdefamille lastname",
        "first_name": "prenom prenomcontact firstname",
    },
    "establishments": {
        "siret": "siret numerosiret nosiret nsiret siretetablissement",
        "kind": "type typeetablissement kind",
        "name": "raisonsociale nom denomination etablissement name",
        "commune": "commune ville city",
        "number": "numero numeroadherent nadherent numadherent numerodadherent numeroof "
        "numeroorganisme number",
    },
}
REQUIRED = {"contacts": ("email", "siret"), "establishments": ("siret", "kind", "name")}

KINDS = {
    **dict.fromkeys(("adherent", "adherente", "entreprise", "member", "adh"), Kind.MEMBER),
    **dict.fromkeys(
        ("organismedeformation", "organisme", "of", "prestataire", "trainingorganisation"),
        Kind.TRAINING_ORGANISATION,
    ),
}
CIVILITIES = {
    **dict.fromkeys(("madame", "mme", "mlle", "mademoiselle", "mrs", "ms"), Civility.MADAME),
    **dict.fromkeys(("monsieur", "m", "mr"), Civility.MONSIEUR),
}

#: Why a line is refused, for its report.
REASONS = {
    "columns": "nombre de colonnes différent de celui de l'en-tête",
    "encoding": "caractère illisible (encodage)",
    "quote": "guillemet ouvert et jamais refermé",
    "line_too_long": "ligne trop longue",
    "email_missing": "adresse e-mail absente",
    "email_malformed": "adresse e-mail non valable",
    "siret_missing": "SIRET absent",
    "siret_malformed": "un SIRET compte 14 chiffres",
    "siret_scientific": "SIRET abîmé par un tableur (1,23E+13) : exporter la colonne en texte",
    "siret_zeros": "moins de 14 chiffres (zéros de tête perdus ?) : exporter la colonne en texte",
    "siret_checksum": "SIRET faux (clé de contrôle)",
    "siren_given": "SIREN (9 chiffres) au lieu d'un SIRET",
    "kind_unknown": "type inconnu : adhérent ou organisme de formation",
    "name_missing": "raison sociale absente",
    "too_long": "valeur trop longue",
    "control": "caractère de contrôle dans une valeur",
    "establishment_unknown": "établissement inconnu d'AKTO : charger d'abord les établissements",
}


class Unfit(Exception):
    """The line is refused; the code is a key of REASONS."""


@dataclass(frozen=True)
class Layout:
    """Which column holds what; `kind` is what every line is where no column says so."""

    table: str
    index: dict[str, int]
    kind: Kind | None = None

    def reader(self) -> Callable[[int, Sequence[str]], Row]:
        """The function that makes a row of a line's number and values, or raises Unfit."""
        return self._contact if self.table == "contacts" else self._establishment

    def key(self, fields: Sequence[str]) -> str | None:
        """Whom or what a refused line is about, as far as it can be read."""
        column = self.index["email" if self.table == "contacts" else "siret"]
        if column >= len(fields):
            return None
        if self.table == "contacts":
            return email_key(fields[column]) if "@" in fields[column] else None
        return _siret(fields[column])[0]

    def _value(self, fields: Sequence[str], name: str, most: int = NAME_MAX) -> str | None:
        column = self.index.get(name)
        return None if column is None else _text(fields[column], most)

    def _contact(self, line: int, fields: Sequence[str]) -> Row:
        address = _address(fields[self.index["email"]])
        siret, wrong = _siret(fields[self.index["siret"]])
        if wrong:
            raise Unfit(wrong)
        return (
            line,
            email_key(address),
            address,
            _civility(self._value(fields, "civility") or ""),
            self._value(fields, "last_name"),
            self._value(fields, "first_name"),
            siret,
            self._kind(fields),
        )

    def _establishment(self, line: int, fields: Sequence[str]) -> Row:
        siret, wrong = _siret(fields[self.index["siret"]])
        if wrong:
            raise Unfit(wrong)
        kind = self._kind(fields)
        if kind is None:
            raise Unfit("kind_unknown")
        name = self._value(fields, "name")
        if name is None:
            raise Unfit("name_missing")
        number = self._value(fields, "number", NUMBER_MAX)
        return (
            line,
            siret,
            kind,
            name,
            self._value(fields, "commune"),
            number,
            (number_key(number) or None) if number else None,
        )

    def _kind(self, fields: Sequence[str]) -> str | None:
        column = self.index.get("kind")
        if column is None or not fields[column].strip():
            return self.kind.value if self.kind else None
        return _kind(fields[column])


def layout_of(table: str, header: Sequence[str], kind: Kind | None = None) -> Layout:
    """Find the columns.

    Raises:
        SourceError: one that is needed is missing, or two carry the same.
    """
    folded = [fold(name) for name in header]
    index: dict[str, int] = {}
    for name, aliases in COLUMNS[table].items():
        found = [number for number, one in enumerate(folded) if one in aliases.split()]
        if len(found) > 1:
            raise SourceError(f"deux colonnes pour « {name} » : {', '.join(header[n] for n in found)}")
        if found:
            index[name] = found[0]
    needed = [name for name in REQUIRED[table] if not (name == "kind" and kind)]
    if missing := [COLUMNS[table][name].split()[0] for name in needed if name not in index]:
        raise SourceError(
            f"colonne absente : {', '.join(missing)} (colonnes lues : {', '.join(header)[:300]})"
        )
    return Layout(table, index, kind)


def fold(text: str) -> str:
    """Letters and digits alone, without accents, in lower case."""
    bare = unicodedata.normalize("NFKD", text.replace("°", "")).lower()
    return "".join(character for character in bare if character.isascii() and character.isalnum())


def _text(value: str, most: int) -> str | None:
    text = " ".join(value.split())
    if not text:
        return None
    if len(text) > most:
        raise Unfit("too_long")
    if not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise Unfit("control")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


#: What `read_email` lets pass whatever the domain is: checking a domain once is enough for its mailboxes.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
_LOCAL_MAX = 64


def _address(typed: str) -> str:
    local, at, domain = typed.strip().rpartition("@")
    if at and len(local) <= _LOCAL_MAX and _PLAIN_LOCAL.fullmatch(local):
        checked = _domain(domain)
        if checked and len(local) + 1 + len(checked) <= EMAIL_MAX:
            return f"{local}@{checked}"
    address, wrong = read_email(typed)
    if address is None:
        raise Unfit(f"email_{wrong}")
    return address


@lru_cache(maxsize=65_536)
def _domain(domain: str) -> str | None:
    address, _ = read_email(f"a@{domain}")
    return address[2:] if address else None


@lru_cache(maxsize=65_536)
def _siret(typed: str) -> tuple[str | None, str | None]:
    siret, wrong = read_siret(typed)
    if wrong == "siret_malformed":
        digits = clean(typed)
        if re.fullmatch(r"\d+(?:[.,]\d+)?[eE]\+?\d+", typed.strip()):
            return None, "siret_scientific"
        if digits.isdigit() and 9 < len(digits) < 14:
            return None, "siret_zeros"
    return siret, wrong


@lru_cache(maxsize=256)
def _kind(typed: str) -> str:
    kind = KINDS.get(fold(typed))
    if kind is None:
        raise Unfit("kind_unknown")
    return kind.value


@lru_cache(maxsize=256)
def _civility(typed: str) -> str | None:
    """None for what is none of the two: a title helps nobody to be recognised."""
    civility = CIVILITIES.get(fold(typed))
    return civility.value if civility else None
