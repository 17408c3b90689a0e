"""The mails that were received: one file each, kept over restarts.

`<id>.eml` holds the mail as it came, `<id>.json` its envelope. Ids sort by arrival. A mail is in its
file before the sender hears that it was accepted.
"""

import json
import secrets
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from devstack.mailbox.mail import Mail

_KEPT_PARSED = 2_000


@dataclass(frozen=True)
class Stored:
    """A mail in the store, without its content."""

    id: str
    received: datetime
    sender: str
    recipients: tuple[str, ...]
    size: int
    read: bool = False


class Store:
    """A folder of mails. One process uses it at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._parsed = lru_cache(maxsize=_KEPT_PARSED)(lambda message_id: Mail(self._read(message_id)))
        self._stored = {stored.id: stored for stored in map(_load, sorted(folder.glob("*.json"))) if stored}

    def add(self, content: bytes, sender: str, recipients: list[str]) -> Stored:
        """Keep a mail that has just arrived."""
        stored = Stored(
            id=f"{time.time_ns():016x}{secrets.token_hex(3)}",
            received=datetime.now(UTC),
            sender=sender,
            recipients=tuple(recipients),
            size=len(content),
        )
        _write(self._folder / f"{stored.id}.eml", content)
        self._keep(stored)
        return stored

    def all(self) -> list[Stored]:
        """Every mail, the newest first."""
        return sorted(self._stored.values(), key=lambda stored: stored.id, reverse=True)

    def get(self, message_id: str) -> Stored | None:
        """One mail; the id `latest` is the newest."""
        if message_id == "latest":
            return next(iter(self.all()), None)
        return self._stored.get(message_id)

    def content(self, stored: Stored) -> bytes:
        """A mail as it came."""
        return self._read(stored.id)

    def mail(self, stored: Stored) -> Mail:
        """A mail, parsed."""
        return self._parsed(stored.id)

    def mark(self, stored: Stored, *, read: bool) -> None:
        """Remember whether somebody has looked at a mail."""
        if stored.read != read:
            self._keep(replace(stored, read=read))

    def remove(self, message_ids: list[str]) -> None:
        """Delete these mails; those already gone are no error."""
        for message_id in message_ids:
            if self._stored.pop(message_id, None):
                # The envelope first: a mail without one is not listed after a restart.
                (self._folder / f"{message_id}.json").unlink(missing_ok=True)
                (self._folder / f"{message_id}.eml").unlink(missing_ok=True)

    def _read(self, message_id: str) -> bytes:
        return (self._folder / f"{message_id}.eml").read_bytes()

    def _keep(self, stored: Stored) -> None:
        document = json.dumps(asdict(stored) | {"received": stored.received.isoformat()})
        _write(self._folder / f"{stored.id}.json", document.encode())
        self._stored[stored.id] = stored


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _load(path: Path) -> Stored | None:
    try:
        document = json.loads(path.read_text())
        received = datetime.fromisoformat(document.pop("received"))
        recipients = tuple(document.pop("recipients"))
        if not path.with_suffix(".eml").exists():
            return None
        return Stored(received=received, recipients=recipients, **document)
    except (OSError, ValueError, TypeError, KeyError):
        return None  # a file that was never finished
