"""A Chromium for the browser tests: given, found, or installed where that is possible.

The order: MON_ESPACE_CHROMIUM, the usual names on PATH, Playwright's own. Else Debian's package as root,
else Playwright's download. A program counts only if it starts.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]

#: How it is started: it runs as root in containers, and calls nobody but the stack.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-quic",
]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_OWN = (
    "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
)


def find(environ: Mapping[str, str]) -> Path | None:
    """A Chromium that is already here and starts."""
    if given := environ.get("MON_ESPACE_CHROMIUM"):
        return _if_it_starts(given)
    candidates = [shutil.which(name, path=environ.get("PATH", os.defpath)) for name in _NAMES]
    for candidate in [*candidates, "/usr/bin/chromium", _MACOS]:
        if candidate and (found := _if_it_starts(candidate)):
            return found
    own = _output([sys.executable, "-c", _OWN], 60)
    return _if_it_starts(own) if own else None


def install(environ: Mapping[str, str], say: Say) -> Path | None:
    """Install one where that is possible."""
    if environ.get("MON_ESPACE_CHROMIUM"):
        return None  # the one that was asked for does not start: no other one is slipped in
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium with apt-get")
        quiet = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
        _output(["apt-get", "update", "-q"], 300, quiet)
        _output(["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], 900, quiet)
        if found := find(environ):
            return found
    say("installing Playwright's own Chromium")
    _output([sys.executable, "-m", "playwright", "install", "chromium"], 600, environ)
    return find(environ)


def _if_it_starts(path: str) -> Path | None:
    return Path(path) if os.access(path, os.X_OK) and _output([path, "--version"], 30) else None


def _output(command: list[str], limit: float, environ: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=environ, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
