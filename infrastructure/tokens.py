"""Links, resume tokens, form tokens and e-mail hashes: HMACs, the same on every retry, stored nowhere.

A token is `<key id>.<registration, 22 chars>.<number>.<mac, 43 chars>`. Its MAC covers what the token is for,
so that a resume token never opens a password page, and for links the address: a link that was mailed
to one address proves nothing about another. A form's token (`page`) has a browser's id in the place of the
registration's, the hour as its number, and is bound to a session as a link is to an address.
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from uuid import UUID

from domain.people import email_key, mailbox_key

Purpose = Literal["link", "resume", "disown", "form", "reset", "browser", "page"]


@dataclass(frozen=True)
class Token:
    """A token taken apart, its MAC not yet checked."""

    key_id: str
    registration: UUID
    number: int
    mac: str


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def parse(text: str) -> Token | None:
    """Take a token apart; None for anything that is not of its shape."""
    parts = text.strip().split(".")
    if len(text) > 200 or len(parts) != 4 or not parts[2].isdigit() or len(parts[2]) > 12:
        return None
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "==")
        return Token(parts[0], UUID(bytes=raw), int(parts[2]), parts[3])
    except ValueError:
        return None


class TokenMint:
    """Makes tokens with the first key and checks them with all of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._active = next(iter(self._keys))

    def make(self, purpose: Purpose, registration: UUID, number: int = 0, address: str = "") -> str:
        """Make the token; equal arguments give an equal token as long as the key stays."""
        head = f"{self._active}.{_b64(registration.bytes)}.{number}"
        return f"{head}.{self._mac(self._active, purpose, registration, number, address)}"

    def check(self, token: Token, purpose: Purpose, address: str = "") -> bool:
        """Whether the token was made by us for that purpose and address; in constant time."""
        if token.key_id not in self._keys:
            return False
        expected = self._mac(token.key_id, purpose, token.registration, token.number, address)
        return hmac.compare_digest(expected.encode(), token.mac.encode())

    def _mac(self, key_id: str, purpose: Purpose, registration: UUID, number: int, address: str) -> str:
        text = "\0".join((purpose, str(registration), str(number), email_key(address)))
        return _b64(hmac.digest(self._keys[key_id], text.encode(), sha256))


def email_hash(key: bytes, address: str) -> str:
    """How operators and logs name an address: 32 hexadecimal digits, the same for every spelling of case."""
    return hmac.digest(key, b"email\0" + email_key(address).encode(), sha256).hex()[:32]


def mailbox_hash(key: bytes, address: str) -> bytes:
    """What limits count by: the mailbox, +tags left out."""
    return hmac.digest(key, b"mailbox\0" + mailbox_key(address).encode(), sha256)


def bucket_hash(key: bytes, text: str) -> str:
    """A limit's bucket without what it stands for (a client address, say)."""
    return hmac.digest(key, b"bucket\0" + text.encode(), sha256).hex()[:32]
