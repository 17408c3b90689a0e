"""The secrets of one copy of the stack: drawn at its first start, kept for its owner alone.

They outlive a restart, because what was encrypted or signed with them does.
"""

import base64
import json
import os
import secrets
from pathlib import Path

_KEY_RINGS = ("AKTO_PAYLOAD_KEYS", "AKTO_LINK_KEYS", "AKTO_HASH_KEY")


class KeysError(Exception):
    """The file of secrets is there and cannot be used; the message says which."""


def load_or_create(path: Path) -> dict[str, str]:
    """The product's secret settings, by the name of their environment variable."""
    if not path.exists():
        _write(
            path, {**{name: _key_ring() for name in _KEY_RINGS}, "AKTO_SIRENE_KEY": secrets.token_urlsafe(24)}
        )
    try:
        kept = {str(name): str(value) for name, value in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        kept = {}
    missing = {*_KEY_RINGS, "AKTO_SIRENE_KEY"} - set(kept)
    if missing:
        raise KeysError(f"{path} lacks {', '.join(sorted(missing))}: restore it, or remove the data folder")
    return kept


def _key_ring() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _write(path: Path, values: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=2)
    unfinished.replace(path)
