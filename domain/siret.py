"""Rules on SIRET numbers: 14 digits, a SIREN (9, the company) and a NIC (5, the establishment).

People paste them from letters, spreadsheets and PDF files: whatever only separates digits is dropped
before anything is judged, and a SIREN typed in place of a SIRET is told apart, because it is the most
common mistake and has its own remedy. A number that passes here may still be unknown to INSEE.
"""

import re
import unicodedata

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as stdnum_siret

SIRET_LENGTH = 14
SIREN_LENGTH = 9

#: La Poste gave out more establishments than Luhn allows: most of its numbers follow a rule of their own.
LA_POSTE = "356000000"

#: Spaces, controls, what has no width, punctuation; symbols that stand for a dash or belong to « N° ».
_DROPPED_CATEGORIES = frozenset({"Z", "C", "P"})
_DROPPED_CHARACTERS = frozenset("\u2212\u00b0\u00ba=+`\u00b4^~")
_LABEL = re.compile(r"^(?:no?|num[eé]ro)?(?:de)?sire[nt](?:no?)?", re.IGNORECASE)


def clean(text: str) -> str:
    """Return what was typed without separators nor the words « N° SIRET », digits of any script as 0 to 9."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            kept.append(str(digit))
        elif character not in _DROPPED_CHARACTERS and (
            unicodedata.category(character)[0] not in _DROPPED_CATEGORIES
        ):
            kept.append(character)
    # What was dropped may have kept apart marks that now have an order of their own.
    return _LABEL.sub("", unicodedata.normalize("NFC", "".join(kept)))


def read_siret(text: str) -> tuple[str | None, str | None]:
    """Return (14 digits, None), or (None, code).

    The codes: `siret_missing`, `siren_given` (a valid SIREN alone), `siret_malformed` (not 14 digits),
    `siret_checksum` (14 digits that cannot be a SIRET).
    """
    # Files hold them by the hundred thousand, clean already.
    number = text if len(text) == SIRET_LENGTH and _digits(text) else clean(text)
    if not number:
        return None, "siret_missing"
    if is_siren(number):
        return None, "siren_given"
    if len(number) != SIRET_LENGTH or not _digits(number):
        return None, "siret_malformed"
    if not _checks(number):
        return None, "siret_checksum"
    return number, None


def is_siren(number: str) -> bool:
    """Whether these are the nine digits of a possible SIREN."""
    if len(number) != SIREN_LENGTH or not _digits(number) or not int(number):
        return False
    return _luhn(number)


def display(siret: str) -> str:
    """Show 14 digits as people read them: XXX XXX XXX XXXXX."""
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"


def _digits(number: str) -> bool:
    return number.isascii() and number.isdigit()


def _checks(number: str) -> bool:
    if not int(number[:SIREN_LENGTH]):
        return False  # zeros satisfy every checksum and belong to nobody
    if not number.startswith(LA_POSTE):
        return _luhn(number[:SIREN_LENGTH]) and _luhn(number)
    try:
        stdnum_siret.validate(number)
    except ValidationError:
        # The library asks all of La Poste but its head office for the special rule; some follow Luhn.
        return _luhn(number)
    return True


#: Every second digit doubled, the digits of the result added up.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def _luhn(number: str) -> bool:
    """Luhn's rule, ten times as fast as the library's, which takes numbers in any alphabet."""
    return not (sum(map(int, number[-1::-2])) + sum(map(int, number[-2::-2].translate(_DOUBLED)))) % 10
