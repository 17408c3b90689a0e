"""What arrived in the mailbox, read from its folder: thousands of mails, asked for many times a second."""

import asyncio
import json
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

_LINK = re.compile(r"/lien\?jeton=([\w.-]+)")


@dataclass(frozen=True)
class Letter:
    """One mail: its Message-ID, the kind that begins it, a hash of its bytes, the link it brings."""

    message_id: str
    kind: str
    content: str
    link: str | None


class Post:
    """The mails of a stack, by recipient, in the order they came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self.letters: dict[str, list[Letter]] = {}

    async def watch(self) -> None:
        """Read what comes, until cancelled."""
        while True:
            self.read()
            await asyncio.sleep(0.2)

    def read(self) -> None:
        """Read what has come since."""
        for path in sorted(self._folder.glob("*.json")):
            if path.name not in self._seen:
                self._seen.add(path.name)
                letter = _letter(path.with_suffix(".eml").read_bytes())
                for recipient in json.loads(path.read_text())["recipients"]:
                    self.letters.setdefault(recipient.lower(), []).append(letter)

    def of(self, address: str) -> list[Letter]:
        """What came to an address."""
        return self.letters.get(address.lower(), [])

    def link(self, address: str) -> str | None:
        """The newest link that came to an address."""
        return next((one.link for one in reversed(self.of(address)) if one.link), None)


def _letter(raw: bytes) -> Letter:
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain",))
    found = _LINK.search(body.get_content()) if body else None
    name = str(mail["Message-ID"]).strip("<>")
    return Letter(name, name.partition(".")[0], sha256(raw).hexdigest(), found[1] if found else None)
