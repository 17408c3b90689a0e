"""Where a page leads is ours to say."""

import pytest

from tests.web.conftest import Browser
from tests.web.conftest import browser as browser  # the whole application over stand-ins

ELSEWHERE = "https://ailleurs.example/"
NAMES = ("next", "url", "retour", "redirect", "avis", "jeton", "return_to")
PATHS = (
    "/",
    "/connexion",
    "/inscription",
    "/inscription/merci",
    "/lien",
    "/reprendre",
    "/pas-moi",
    "/mon-espace",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_request_says_where_to_go(browser: Browser, path: str) -> None:
    browser.identified()
    for name in NAMES:
        for value in (ELSEWHERE, "//ailleurs.example"):
            answer = browser.client.get(
                path,
                params={name: value},
                headers={"X-Forwarded-Host": "ailleurs.example", "Referer": ELSEWHERE},
                follow_redirects=False,
            )
            assert answer.status_code < 500
            location = answer.headers.get("location", "/")
            assert location.startswith("/")
            assert not location.startswith("//")
            assert 'href="https://ailleurs.example' not in answer.text
