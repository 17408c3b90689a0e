"""Rules on people: civility, names, e-mail addresses.

Facts behind them: one letter is a fine name, any script is, names are never re-cased. An address is
shown as typed and compared in lower case; addresses that would need SMTPUTF8 are refused because
half of the relays in the world still do.
"""

import re
import unicodedata
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

NAME_MAX = 100
EMAIL_MAX = 254

#: Whatever looks like an address on the Web has no place in a name: names are quoted in mails.
_URL = re.compile(r"(?i)https?:|www\.|\w\.[a-z]{2,}(?:/|\b)|[@/\\<>{}\[\]|=*_^~`$%#\"]|\d")


class Civility(StrEnum):
    """The guide's « civilité »."""

    MADAME = "madame"
    MONSIEUR = "monsieur"

    @property
    def label(self) -> str:
        """The guide's word."""
        return {"madame": "Madame", "monsieur": "Monsieur"}[self.value]


def read_name(text: str) -> tuple[str | None, str | None]:
    """Return (name, None), or (None, code): `missing`, `too_long` or `characters`."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        return None, "missing"
    if len(name) > NAME_MAX:
        return None, "too_long"
    hidden = any(unicodedata.category(char)[0] == "C" for char in name)
    letters = any(unicodedata.category(char)[0] == "L" for char in name)
    if hidden or not letters or _URL.search(name):
        return None, "characters"
    return name, None


def read_email(text: str) -> tuple[str | None, str | None]:
    """Return (address as typed but trimmed, None), or (None, code): `missing` or `malformed`."""
    address = text.strip().strip("\u200b\ufeff\u00a0")
    if not address:
        return None, "missing"
    if len(address) > EMAIL_MAX or any(unicodedata.category(char)[0] in "CZ" for char in address):
        return None, "malformed"
    try:
        checked = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None, "malformed"
    return checked.normalized, None


def email_key(address: str) -> str:
    """The form in which two addresses are the same: the whole address in lower case."""
    return unicodedata.normalize("NFC", address).strip().lower()


def mailbox_key(address: str) -> str:
    """The mailbox that limits count: the key without what stands between + and @."""
    local, _, domain = email_key(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
