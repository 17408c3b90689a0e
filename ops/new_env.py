"""Prints a fresh `.env` for docker-compose.yml: `python3 ops/new_env.py > .env`.

What `.env.example` leaves empty and marks as drawn is drawn here; everything else is taken over as it stands.
Needs nothing but Python, so that it runs before anything is installed.
"""

import base64
import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"


def key() -> str:
    """One key ring with one fresh key of 32 bytes."""
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


#: How each secret is drawn; passwords stand in addresses and must need no quoting there.
DRAWN = {
    "POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "TEMPORAL_DB_PASSWORD": lambda: secrets.token_hex(24),
    "MON_ESPACE_DB_PASSWORD": lambda: secrets.token_hex(24),
    "GRAFANA_PASSWORD": lambda: secrets.token_hex(12),
    "AKTO_PAYLOAD_KEYS": key,
    "AKTO_LINK_KEYS": key,
    "AKTO_HASH_KEY": key,
}


def fill(example: str) -> str:
    """The example with its secrets drawn."""
    lines = []
    for line in example.splitlines():
        name, sign, value = line.partition("=")
        lines.append(f"{name}={DRAWN[name]()}" if sign and not value and name in DRAWN else line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(fill(EXAMPLE.read_text(encoding="utf-8")))
