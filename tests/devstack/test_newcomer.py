"""What a newcomer meets first: secrets, the start page, the set-up script, the browser, the last line."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from devstack import browser, keys
from devstack.config import CHECKOUT
from devstack.start_page import create_app
from infrastructure.settings import parse_keys

BROWSER_SUITE = """
import pytest

@pytest.mark.browser
def test_in_a_browser(): pass

def test_without(): pass
"""


def test_secrets_are_drawn_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.json"
    drawn = keys.load_or_create(path)
    assert keys.load_or_create(path) == drawn
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in ("AKTO_PAYLOAD_KEYS", "AKTO_LINK_KEYS", "AKTO_HASH_KEY"):
        assert list(parse_keys(drawn[name])) == ["k1"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"AKTO_HASH_KEY": "k1:x"}'])
def test_secrets_that_cannot_be_read_are_not_drawn_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(keys.KeysError, match=r"keys\.json lacks"):
        keys.load_or_create(path)
    assert path.read_text() == content


def test_the_start_page_shows_whatever_there_is_to_try(tmp_path: Path) -> None:
    demo = tmp_path / "demo.json"
    app = create_app({"portal": "http://127.0.0.1:8000", "temporal": "127.0.0.1:7233"}, demo)
    http = TestClient(app)
    assert "Rien à essayer" in http.get("/").text
    demo.write_text(json.dumps({
        "people": [{"email": "a@exemple.fr", "what": "<b>contact</b>", "leads_to": "un courriel"}],
        "sirets": [{"siret": "41816609600069", "kind": "member"}, {"siret": "1", "zone": "Nord"}],
        "note": "not a list",
    }))  # fmt: skip
    page = http.get("/")
    assert '<a href="http://127.0.0.1:8000">' in page.text
    assert "<code>127.0.0.1:7233</code>" in page.text
    assert "Adresses e-mail à essayer" in page.text
    assert "&lt;b&gt;contact&lt;/b&gt;" in page.text
    assert '<td class="short">Adhérent</td>' in page.text
    assert '<th scope="col">zone</th>' in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert http.get("/style.css").headers["content-type"].startswith("text/css")


def test_the_list_to_try_is_the_one_of_the_checkout() -> None:
    document = json.loads((CHECKOUT / "docs" / "demo.json").read_text())
    page = TestClient(create_app({})).get("/").text
    assert all(person["email"] in page for person in document["people"])


def set_up(folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    (folder / "requirements-dev.txt").write_text("# nothing\n")
    return subprocess.run(
        [CHECKOUT / "devstack" / "set-up.sh", "venv"],
        cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def test_the_set_up_is_made_once_for_each_content_of_the_requirements(tmp_path: Path) -> None:
    first = set_up(tmp_path, PYTHON=sys.executable)
    assert first.returncode == 0, first.stderr
    assert "making a virtual environment" in first.stdout
    assert set_up(tmp_path).stdout == ""
    (tmp_path / "venv" / ".installed").write_text("0 0")
    assert "installing the 0 packages" in set_up(tmp_path).stdout


def test_without_a_python_that_is_new_enough_the_set_up_says_so(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("cksum", "cat", "rm", "sh"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}" if Path(f"/usr/bin/{tool}").exists() else f"/bin/{tool}")
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = set_up(tmp_path, PATH=str(tools), PYTHON="")
    assert refused.returncode != 0
    assert "Python 3.11 or newer is needed" in refused.stderr


def test_without_venv_the_set_up_says_which_package_to_install(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text(f'#!/bin/sh\n[ "$1" = -m ] && exit 1\nexec {sys.executable} "$@"\n')
    broken.chmod(0o755)
    refused = set_up(tmp_path, PYTHON=str(broken))
    assert refused.returncode != 0
    assert "apt-get install python3-venv" in refused.stderr
    assert not (tmp_path / "venv").exists()


def test_a_browser_counts_only_if_it_starts(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 127\n")
    program.chmod(0o755)
    assert browser.find({"MON_ESPACE_CHROMIUM": str(program)}) is None
    program.write_text("#!/bin/sh\necho Chromium 150\n")
    assert browser.find({"MON_ESPACE_CHROMIUM": str(program)}) == program
    assert browser.find({"PATH": str(tmp_path)}) == program


@pytest.mark.parametrize(
    ("chromium", "ci", "code", "line"),
    [
        ("works", "true", 0, "browser tests: 1 run, 0 skipped"),
        ("missing", "", 0, "browser tests: 0 run, 1 skipped"),
        ("missing", "true", 1, "browser tests: 0 run, 1 skipped"),
    ],
)
def test_skipped_browser_tests_are_counted_and_refused_in_ci(
    tmp_path: Path, chromium: str, ci: str, code: int, line: str
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    (tmp_path / "test_it.py").write_text(BROWSER_SUITE)
    script = (
        "import sys; from devstack import testing\n"
        "async def prepared(say): return 'none'\n"
        "testing._prepared_engine = prepared\n"
        "testing.browser.install = lambda environ, say: None\n"
        "sys.exit(testing.main(['-q', '-p', 'no:cacheprovider']))"
    )
    program = tmp_path / "works"
    program.write_text("#!/bin/sh\necho Chromium 150\n")
    program.chmod(0o755)
    environ = {
        **os.environ,
        "MON_ESPACE_CHROMIUM": str(tmp_path / chromium),
        "CI": ci,
        "PYTHONPATH": str(CHECKOUT),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True,
        check=False, timeout=100,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == line, done.stdout + done.stderr
    assert done.returncode == code
