"""The gallery shows every page in each state and every mail; the frames of another site cannot."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from devstack.gallery.states import SCRIPTED, STATES
from devstack.start_page import create_app
from domain.effects import MailKind


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app({"gallery": "http://127.0.0.1:1/galerie/"})) as client:
        yield client


def test_the_start_page_leads_there(client: TestClient) -> None:
    assert "http://127.0.0.1:1/galerie/" in client.get("/").text


def test_every_state_and_every_mail_has_its_frame(client: TestClient) -> None:
    index = client.get("/galerie/").text
    assert all(f'src="etat/{name}"' in index for name in STATES)
    assert all(f'src="mail/{kind}"' in index for kind in MailKind)


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_a_whole_page_of_the_product(client: TestClient, name: str) -> None:
    answer = client.get(f"/galerie/etat/{name}")
    assert answer.status_code == 200
    assert "– Mon Espace AKTO</title>" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert ("script-src" in answer.headers["content-security-policy"]) == (name in SCRIPTED)
    sheet = answer.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert client.get(sheet).status_code == 200


@pytest.mark.parametrize("name", STATES)
def test_a_whole_page_is_light_and_asks_nobody_else(client: TestClient, name: str) -> None:
    html = client.get(f"/galerie/etat/{name}").text
    parts = set(re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', html))
    assert all(part.startswith("/static/") for part in parts)
    weight = len(html.encode()) + sum(len(client.get(part).content) for part in parts)
    assert weight < 60 * 1024


def test_states_are_played_anew_each_time(client: TestClient) -> None:
    assert "Il y a un problème" in client.get("/galerie/etat/identity_wrong").text
    assert "Il y a un problème" not in client.get("/galerie/etat/identity").text


@pytest.mark.parametrize("kind", list(MailKind))
def test_a_mail(client: TestClient, kind: MailKind) -> None:
    assert 'lang="fr"' in client.get(f"/galerie/mail/{kind}").text


def test_nothing_else(client: TestClient) -> None:
    assert client.get("/galerie/etat/rien").status_code == 404
    assert client.get("/galerie/mail/rien").status_code == 404
