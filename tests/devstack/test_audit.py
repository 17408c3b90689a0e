"""The audit of the dependencies: a service that does not answer is never taken for « nothing known »."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from devstack import audit
from devstack.ports import free_port

HOLE = {
    "id": "OSV-2026-1",
    "modified": "2026-11-01T00:00:00Z",
    "affected": [{"package": {"name": "h11", "ecosystem": "PyPI"}, "ranges": [], "versions": ["0.16.0"]}],
}
PIN = f"h11==0.16.0 --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text(PIN)
    return file


@contextmanager
def service(answer: Any, status: int = 200) -> Iterator[str]:
    """The vulnerability service, with one answer for everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


def test_nothing_known(pins: Path) -> None:
    with service({}) as url:
        found = audit.ask(pins, "--osv-url", url)
    assert (found.code, found.asked) == (audit.CLEAN, 1)


def test_something_known(pins: Path) -> None:
    with service({"vulns": [HOLE]}) as url:
        found = audit.ask(pins, "--osv-url", url)
    assert found.code == audit.VULNERABLE
    assert "h11 0.16.0: OSV-2026-1" in found.found[0]


def test_a_service_that_is_away(pins: Path) -> None:
    found = audit.ask(pins, "--osv-url", f"http://127.0.0.1:{free_port()}/v1/query", "--timeout", "2")
    assert (found.code, found.asked) == (audit.UNAVAILABLE, 0)


def test_a_service_that_is_broken(pins: Path) -> None:
    with service({}, status=503) as url:
        assert audit.ask(pins, "--osv-url", url).code == audit.UNAVAILABLE


def test_what_pip_audit_skips_was_not_asked() -> None:
    """pip-audit itself ends with 0 here, and says that it knows of nothing."""
    skipped = {"name": "h11", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    asked = {"name": "idna", "version": "3.11", "vulns": []}
    found = audit.read(json.dumps({"dependencies": [skipped, asked], "fixes": []}), "requirements.txt")
    assert (found.code, found.asked) == (audit.UNAVAILABLE, 1)
    assert "h11" not in found.found


@pytest.mark.parametrize("written", ["", "[]", "null", "{}", '{"dependencies": []}', "Traceback"])
def test_no_answer_is_not_clean(written: str) -> None:
    assert audit.read(written, "requirements.txt").code == audit.UNAVAILABLE


def test_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1/query"
    assert audit.main(["--osv-url", url, "--timeout", "2"]) == audit.UNAVAILABLE
    said = capsys.readouterr().out
    assert "could not ask" in said
    assert "no known vulnerability" not in said
