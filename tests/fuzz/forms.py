"""Anything in the forms of the pages, by a browser that also fills them in rightly, and arrives."""

import asyncio
import re
import time
from collections.abc import Callable
from uuid import uuid4

import httpx2
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from devstack.drawn_form import hidden_fields
from starter.web import build_router
from starter.web.form_tokens import FIELD
from tests.fuzz.ground import CANARY, Ground
from tests.survival.person import PASSWORD

#: Fields of each form. Of the buttons that would end a registration, only what is no form of ours is sent.
FIELDS = {
    "/inscription/identite": ("civility", "last_name", "first_name", "email", "registration"),
    "/inscription/thematiques": ("themes",),
    "/inscription/etablissement": ("kind", "siret"),
    "/inscription/numero": ("number",),
    "/inscription/idcc": ("idcc", "no_agreement", "suggested"),
    "/inscription/precedent": ("leaving",),
    "/inscription/corriger-adresse": ("email",),
    "/reprendre": ("email",),
    "/mot-de-passe-oublie": ("email",),
    "/connexion": ("email", "password"),
    "/mot-de-passe": ("password", "confirmation"),
    "/nouveau-mot-de-passe": ("password", "confirmation"),
    "/mon-espace/thematiques": ("themes",),
    "/mon-espace/mot-de-passe": ("present", "password", "confirmation"),
}
FORMS = sorted(
    route.path
    for route in build_router().routes
    if isinstance(route, Route) and "POST" in (route.methods or ())
)
_HOSTILE = st.sampled_from(
    [
        "\0", "\r\nBcc: a@b.example", "\u202e\u2066", "\u200b", "\ufeff", "\ud7ff\ufffe", "\x1b[2J\x07",
        "é" * 400, "x" * 401, "x" * 20_000, "x" * 60_000, "<script>", "{{7*7}}", "' OR 1=1 --", "%00%ff",
        "=1+1", "e\u0301" * 200, "١٢٣٤٥", "madame", "member", "0573", "000 000 018 00010", "00000001800010x",
    ]
)  # fmt: skip
_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
_VALUE = st.one_of(
    _HOSTILE, _TEXT, _TEXT.map(lambda text: CANARY + text), st.just(CANARY + "@exemple.example")
)
_HOW = st.sampled_from(
    ["as drawn", "as drawn", "as drawn", "unknown", "repeated", "no token", "no submission"]
)
Sent = list[tuple[str, str]]


@st.composite
def _forms(draw: st.DrawFn) -> tuple[str, str, Sent]:
    """Where to, in which way, and the fields."""
    path = draw(st.sampled_from(FORMS))
    fields = FIELDS.get(path)
    how = draw(_HOW if fields else st.sampled_from(["unknown", "no token", "no submission"]))
    sent: Sent = []
    for name in fields or ():
        # Two equal passwords might be good ones, and a good address is one that the mail then goes to.
        tail = "≠" if name == "confirmation" or path == "/inscription/corriger-adresse" else ""
        sent += [(name, draw(_VALUE) + tail) for _ in range(draw(st.sampled_from([0, 1, 1, 1])))]
    if how == "unknown":
        sent.append((draw(_TEXT.filter(bool)), draw(_VALUE)))
    elif how == "repeated" and sent:
        sent += [sent[0]] * draw(st.integers(1, 25))
    return path, how, sent


class Visit:
    """A browser without scripts on the running stack."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.http = httpx2.Client(
            base_url=ground.portal,
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
            timeout=30,
            trust_env=False,
        )
        self.email = f"personne-{uuid4().hex[:12]}@exemple.example"

    def get(self, path: str) -> httpx2.Response:
        """Open a page; « not now » is waited out, like a person would."""
        return self._patiently(lambda: self.http.get(path))

    def post(self, path: str, sent: Sent) -> httpx2.Response:
        """Send exactly that."""
        data: dict[str, list[str]] = {}
        for name, value in sent:
            data.setdefault(name, []).append(value)
        return self._patiently(lambda: self.http.post(path, data=data))

    def fill(self, page: httpx2.Response, path: str, **typed: str) -> httpx2.Response:
        """Fill in a form of a page as one should."""
        return self.post(path, [*hidden_fields(page.text, path).items(), *typed.items()])

    def throw(self, rounds: int) -> None:
        """So many forms with anything in them: no page breaks."""
        token = hidden_fields(self.get("/mot-de-passe-oublie").text, "/mot-de-passe-oublie")[FIELD]

        @settings(
            max_examples=rounds,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(one=_forms())
        def try_one(one: tuple[str, str, Sent]) -> None:
            path, how, fields = one
            sent = list(fields)
            if how != "no submission":
                sent.append(("submission", uuid4().hex))
            if how != "no token":
                sent.append((FIELD, token))
            answer = self.post(path, sent)
            self.ground.tried["form"] += 1
            assert answer.status_code < 500, (answer.status_code, one)
            assert answer.status_code != 403, one
            assert answer.headers["content-type"].startswith("text/html"), one
            assert "Traceback" not in answer.text

        try_one()

    def _patiently(self, call: Callable[[], httpx2.Response]) -> httpx2.Response:
        until = time.monotonic() + 60
        while True:
            answer = call()
            if answer.status_code != 503 or time.monotonic() > until:
                return answer
            time.sleep(0.5)


def journey(ground: Ground, rounds: int) -> None:
    """From the first form to « Mon Espace », with anything thrown at every step.

    Raises:
        AssertionError: a page broke, or the person did not arrive.
    """
    visit = Visit(ground)
    visit.throw(rounds)
    identity = {"civility": "madame", "last_name": "PETIT", "first_name": "Anne", "email": visit.email}
    answers: dict[str, dict[str, str]] = {
        "/inscription/identite": identity,
        "/inscription/thematiques": {"themes": "cases"},
        "/inscription/etablissement": {"kind": "member", "siret": "000 000 018 00010"},
        "/inscription/numero": {"number": "123456 001"},
        "/inscription/idcc": {"idcc": "1979"},
    }
    for _ in range(20):
        page = visit.get("/inscription")
        if page.url.path == "/inscription/merci":
            break
        if page.url.path in answers:
            visit.fill(page, page.url.path, **answers[page.url.path])
            visit.throw(rounds)
        else:
            assert page.url.path == "/inscription/verification", page.url.path
            time.sleep(0.3)
    else:
        raise AssertionError("the thank-you page is never reached")
    page = visit.get(f"/lien?jeton={_link(ground, visit)}")
    visit.throw(rounds)
    page = visit.get("/mot-de-passe")
    page = visit.fill(page, "/mot-de-passe", password=PASSWORD, confirmation=PASSWORD)
    assert page.url.path == "/connexion", page.url
    page = visit.fill(page, "/connexion", email=visit.email, password=PASSWORD)
    assert page.url.path == "/mon-espace", page.url
    visit.throw(rounds)
    assert visit.get("/mon-espace").url.path == "/mon-espace"
    ground.finished += 1
    visit.http.close()


def _link(ground: Ground, visit: Visit) -> str:
    """The token of the newest confirmation link."""
    with httpx2.Client(
        base_url=str(ground.stack.addresses["mailbox"]), trust_env=False, timeout=10
    ) as mailbox:
        for _ in range(300):
            found = mailbox.get("/api/v1/search", params={"query": f"to:{visit.email}"}).json()["messages"]
            for one in found:
                text = mailbox.get(f"/api/v1/message/{one['ID']}").json()["Text"]
                if token := re.search(r"/lien\?jeton=([\w.-]+)", text):
                    return token[1]
            time.sleep(0.1)
    raise AssertionError("no mail with a link arrived")


async def throw(ground: Ground, rounds: int) -> None:
    """One journey, in a thread of its own."""
    await asyncio.to_thread(journey, ground, rounds)
