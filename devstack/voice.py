"""What the stack says to the developer at its terminal: English, one line at a time, with the time passed."""

import contextlib
import json
import time
from collections.abc import Mapping

from devstack.config import StackConfig

_SHOWN = {
    "start": "start page",
    "portal": "portal",
    "mailbox": "mailbox",
    "temporal_ui": "Temporal UI",
    "api_docs": "API documentation",
    "sirene": "Sirene stand-in",
}


class Voice:
    """Prints progress with the seconds since the start."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, text: str) -> None:
        """Say one thing."""
        with contextlib.suppress(OSError):  # a terminal that was closed must not stop the orderly end
            print(f"[{time.monotonic() - self._begun:5.1f} s] {text}", flush=True)


def announce(config: StackConfig, addresses: Mapping[str, str | None]) -> None:
    """Print where everything is, for people and then, on the last line, for programs."""
    print("\nMon Espace is running. Begin at the start page: it says what to try.\n")
    for name, title in _SHOWN.items():
        if address := addresses.get(name):
            print(f"  {title:18} {address}")
    print(f"\n  data and logs      {config.data}\n  Ctrl-C ends everything.\n")
    print(json.dumps(addresses), flush=True)
