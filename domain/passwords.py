"""What a password must be: the guide's three criteria, and nothing that guessers try first.

Invariants:
- A password is what it is in Unicode's form NFC, counted in code points, never cut short nor trimmed.
- The three criteria are exactly those the screen shows; what else is wrong is said in words.
- No problem quotes the password, nor the word that was recognised in it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.common_passwords import COMMON
from domain.view import Problem

MIN = 8
MAX = 128

#: Words a guesser of this very portal begins with.
PORTAL_WORDS = ("akto", "opco", "opca", "monespace", "espace", "formation", "adherent", "siret", "compte")

#: What is left of a password once the known words are out of it: less than this is no secret.
_REST = 4
#: Shorter context words are found in many passwords by chance.
_WORD = 3

#: Digits and signs that stand for letters; 1 is read both ways.
_LEET = (str.maketrans("0134578@$!€", "oleastbasie"), str.maketrans("0134578@$!€", "oieastbasie"))
_HEAD = re.compile(r"^[\W\d_]+")
_TAIL = re.compile(r"[\W\d_]+$")
#: Walks that end in a digit, « q1w2e3r4 », are looked up without it as well.
_KNOWN = COMMON | {_TAIL.sub("", word) for word in COMMON}
_YEAR = re.compile(r"(?:19|20)\d\d")
_RUNS = ("01234567890123456789", "98765432109876543210")


@dataclass(frozen=True)
class Criteria:
    """The three ticks beside the field."""

    length: bool
    letter: bool
    digit: bool


def normalised(password: str) -> str:
    """The form that is judged and hashed: NFC, so that keyboards that compose differently agree."""
    return unicodedata.normalize("NFC", password)


def criteria(password: str, min_length: int = MIN) -> Criteria:
    """Which of the guide's criteria the password fulfils; letters and digits of any script count."""
    text = normalised(password)
    return Criteria(
        length=len(text) >= min_length,
        letter=any(character.isalpha() for character in text),
        digit=any(character.isdecimal() for character in text),
    )


def problems(password: str, context: Sequence[str], min_length: int = MIN) -> list[Problem]:
    """All that is wrong with a new password; nothing when it may be taken.

    Args:
        password: as typed.
        context: what a guesser knows of the person: names, address, company. Taken apart into words here.
        min_length: the setting; never below the guide's 8.
    """
    text = normalised(password)
    if len(text) > MAX:
        return [_problem("password_too_long")]
    met = criteria(text, min_length)
    found = []
    if not met.length:
        found.append(_problem("password_too_short", min_length))
    if not met.letter:
        found.append(_problem("password_no_letter"))
    if not met.digit:
        found.append(_problem("password_no_digit"))
    if found:
        return found
    if _is_common(text):
        found.append(_problem("password_common"))
    elif _is_guessable(text, context):
        found.append(_problem("password_guessable"))
    return found


def _problem(code: str, min_length: int = MIN) -> Problem:
    detail = {
        "password_too_short": f"Le mot de passe doit compter au moins {min_length} caractères.",
        "password_too_long": f"Le mot de passe ne peut pas dépasser {MAX} caractères.",
        "password_no_letter": "Le mot de passe doit contenir au moins 1 lettre.",
        "password_no_digit": "Le mot de passe doit contenir au moins 1 chiffre.",
        "password_common": "Ce mot de passe est trop courant, il serait vite deviné. Choisissez-en un autre.",
        "password_guessable": (
            "Ce mot de passe se devine à partir de votre nom, de votre adresse ou de ce portail. "
            "Choisissez-en un autre."
        ),
    }[code]
    return Problem(code=code, field="password", detail=detail)


def _is_common(text: str) -> bool:
    folded = _fold(text)
    core = _core(folded)
    if len(set(folded)) <= 3:
        return True
    if any(spelling in _KNOWN or _repeats(spelling) for spelling in _spellings(folded)):
        return True
    # « a1234567 », « 20262026b », « xz747474 »: hardly anything but a run of digits.
    digits = "".join(character for character in folded if character.isdecimal())
    plain = any(digits in run for run in (*_RUNS, digits[:2] * MAX)) or not _YEAR.sub("", digits)
    return len(core) < _REST and plain


def _is_guessable(text: str, context: Sequence[str]) -> bool:
    words = {*PORTAL_WORDS, *(word for item in context for word in _words(item))}
    for spelling in _spellings(_fold(text)):
        rest = spelling
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, " ")
        core = _core(_YEAR.sub(" ", rest))
        if rest != spelling and (len(core) < _REST or core in _KNOWN):
            return True
    return False


def _words(item: str) -> Iterator[str]:
    """The words of a name, an address or a company, the whole without its separators, and each reversed."""
    parts = [_fold(part) for part in re.split(r"[\W\d_]+", normalised(item)) if part]
    for word in (*parts, "".join(parts)):
        if len(word) >= _WORD:
            yield word
            yield word[::-1]


def _fold(text: str) -> str:
    """Without case, accents and spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c) and not c.isspace())


def _spellings(folded: str) -> set[str]:
    """The core as it is, and with the digits and signs that stand for letters read as letters."""
    core = _core(folded)
    headed = _TAIL.sub("", folded)  # a word may begin with such a sign: « 4zerty », « 1a2b3c »
    return {core, headed, *(text.translate(table) for text in (core, headed) for table in _LEET)}


def _core(folded: str) -> str:
    """What stands between the digits and signs that are put around a word."""
    return "".join(_TAIL.sub("", _HEAD.sub("", folded)).split())


def _repeats(core: str) -> bool:
    """Whether a common word is merely said twice or more."""
    return any(
        len(core) % size == 0 and core[:size] * (len(core) // size) == core and core[:size] in _KNOWN
        for size in range(3, len(core) // 2 + 1)
    )
