"""Each rule of what stands in front of every page."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI, Request

from starter.app import build_app
from starter.middleware import (
    MAX_BODY,
    BodyLimit,
    ClientAddress,
    SecurityHeaders,
    allowed_hosts,
    host_name,
)
from tests.api.conftest import BASE, IDENTITY, NOWHERE, Logs, World
from tests.conftest import make_settings

PORTAL = "https://monespace.example"


def client_of(app: object, base: str = BASE, peer: str = "192.0.2.7") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=(peer, 4321))  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=transport, base_url=base)


@pytest.fixture
def pages(world: World) -> FastAPI:
    """The application with one page of ours, behind everything that stands in front of pages."""

    @world.app.post("/essai")
    async def echo(request: Request) -> dict[str, object]:
        return {"size": len(await request.body()), "client": request.state.client}

    return world.app


# ---- SameOrigin ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, False),
        ({"sec-fetch-site": "nonsense"}, False),
        ({"origin": BASE}, True),
        ({"origin": "http://localhost:8000", "host": "localhost:8000"}, True),
        ({"origin": "http://localhost:9000", "host": "localhost:8000"}, False),
        ({"origin": "https://127.0.0.1:8000"}, False),
        ({"origin": "http://127.0.0.1:8001"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://127.0.0.1:8000.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"referer": f"{BASE}/inscription"}, False),
        ({"authorization": "Bearer x"}, False),
        ({}, False),
    ],
)
async def test_a_page_takes_posts_from_its_own_pages_alone(
    pages: FastAPI, headers: dict[str, str], passes: bool
) -> None:
    async with client_of(pages) as client:
        answer = await client.post("/essai", content=b"x=1", headers=headers)
    assert answer.status_code == (200 if passes else 403)
    if not passes:
        assert answer.headers["content-type"].startswith("text/html")
        assert 'lang="fr"' in answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_every_unsafe_method_is_looked_at(pages: FastAPI, method: str) -> None:
    async with client_of(pages) as client:
        answer = await client.request(method, "/essai", headers={"sec-fetch-site": "cross-site"})
        safe = await client.get("/healthz", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, safe.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://frontend.example"}, True),
        ({"cookie": "inscription=x", "authorization": "Bearer x"}, True),
        ({"cookie": "inscription=x", "sec-fetch-site": "same-origin"}, True),
        ({"cookie": "inscription=x", "sec-fetch-site": "cross-site"}, False),
        ({"cookie": "inscription=x"}, False),
    ],
)
async def test_the_api_is_exempt_where_a_browser_adds_nothing(
    world: World, headers: dict[str, str], passes: bool
) -> None:
    answer = await world.client.post("/api/v1/registrations", json=IDENTITY, headers=headers)
    if passes:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")
        assert not world.registrations.starts


# ---- SecurityHeaders -------------------------------------------------------------------------------

EXPECTED = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/api/v1/openapi.json", "/api/v1/docs", "/nulle-part", "/static/nothing.css", "/api/x"],
)
async def test_every_answer_carries_them(world: World, path: str) -> None:
    answer = await world.client.get(path)
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_refusals_carry_them_too(pages: FastAPI) -> None:
    async with client_of(pages) as client:
        answers = [
            await client.post("/essai"),
            await client.get("/", headers={"host": "evil.example"}),
            await client.post("/essai", content=b"x" * (MAX_BODY + 1), headers={"origin": BASE}),
        ]
    assert [answer.status_code for answer in answers] == [403, 421, 413]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED


async def test_over_tls_browsers_are_told_to_stay_there() -> None:
    settings = make_settings(NOWHERE).model_copy(update={"base_url": PORTAL})
    async with client_of(build_app(settings), PORTAL) as client:
        answer = await client.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_static_files_may_be_kept_and_a_page_s_own_header_stands() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"referrer-policy", b"no-referrer")],
        }
        await send(start)  # type: ignore[operator]
        await send({"type": "http.response.body"})  # type: ignore[operator]

    async with client_of(SecurityHeaders(app, https=False)) as client:
        plain = await client.get("/static/site.css")
        hashed = await client.get("/static/site.css?v=abc")
        page = await client.get("/page?v=abc")
    assert plain.headers["cache-control"] == "public, max-age=3600"
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers.get_list("referrer-policy") == ["no-referrer"]


# ---- HostAllowList ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "extra", "allowed", "refused"),
    [
        (BASE, "", {"127.0.0.1", "localhost", "[::1]"}, {"monespace.example", "10.0.0.3", ""}),
        (PORTAL, "", {"monespace.example"}, {"localhost", "127.0.0.1", "www.monespace.example"}),
        (PORTAL, "Autre.example, [2001:db8::1]:8443", {"autre.example", "[2001:db8::1]"}, {"localhost"}),
    ],
)
def test_the_portal_answers_to_its_own_names(
    base: str, extra: str, allowed: set[str], refused: set[str]
) -> None:
    hosts = allowed_hosts(base, extra)
    assert allowed <= hosts
    assert not refused & hosts


@pytest.mark.parametrize(
    ("authority", "name"),
    [("A.Example:443", "a.example"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("localhost", "localhost")],
)
def test_a_host_is_compared_without_case_and_port(authority: str, name: str) -> None:
    assert host_name(authority) == name


async def test_another_name_gets_nothing_but_probes(world: World) -> None:
    for path in ("/", "/api/v1/openapi.json", "/static/x"):
        answer = await world.client.get(path, headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert "evil" not in answer.text
    probe = await world.client.get("/healthz", headers={"host": "10.0.0.3:8000"})
    assert probe.status_code == 200
    twice = await world.client.get("/", headers=[("host", "127.0.0.1:8000"), ("host", "evil.example")])
    assert twice.status_code == 421


# ---- BodyLimit -------------------------------------------------------------------------------------


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 200), (MAX_BODY + 1024, 413), (10 * MAX_BODY, 413)])
async def test_a_body_has_a_limit_declared_or_not(pages: FastAPI, size: int, status: int) -> None:
    headers = {"sec-fetch-site": "same-origin"}
    async with client_of(pages) as client:
        declared = await client.post("/essai", content=b"x" * size, headers=headers)
        streamed = await client.post("/essai", content=_chunks(size), headers=headers)
        api = await client.post("/api/v1/links/open", content=b"x" * size)
    assert (declared.status_code, streamed.status_code) == (status, status)
    if status == 200:
        assert declared.json()["size"] == streamed.json()["size"] == size
    else:
        assert (api.status_code, api.json()["code"]) == (413, "too_large")


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never(scope: object, receive: object, send: object) -> None:
        raise AssertionError("the application must not be asked")

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(30)

    async with client_of(BodyLimit(never, timeout=0.1)) as client:
        answer = await client.post("/", content=slow())
    assert answer.status_code == 408


# ---- ClientAddress ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        (0, "192.0.2.7", None, "192.0.2.7"),
        (0, "192.0.2.7", "198.51.100.1", "192.0.2.7"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),
        (1, "10.0.0.1", None, "10.0.0.1"),
        (1, "10.0.0.1", "nonsense", "10.0.0.1"),
        (1, "10.0.0.1", "198.51.100.1:5000", "198.51.100.1"),
        (1, "10.0.0.1", '"[2001:db8:1:2:3::4]:5000"', "2001:db8:1:2::/64"),
        (1, "10.0.0.1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (1, "10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        (0, "fe80::1%eth0", None, "fe80::/64"),
        (0, "testclient", None, "unknown"),
    ],
)
async def test_the_client_is_counted_from_the_right(
    proxies: int, peer: str, forwarded: str | None, client: str
) -> None:
    seen = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(scope["state"]["client"])  # type: ignore[index]
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body"})  # type: ignore[operator]

    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    async with client_of(ClientAddress(app, trusted_proxies=proxies), peer=peer) as asking:
        await asking.get("/", headers=headers)
    assert seen == [client]


async def test_several_forwarded_headers_are_one_list() -> None:
    seen = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(scope["state"]["client"])  # type: ignore[index]
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body"})  # type: ignore[operator]

    async with client_of(ClientAddress(app, trusted_proxies=1)) as client:
        await client.get(
            "/", headers=[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.1")]
        )
    assert seen == ["198.51.100.1"]


# ---- AccessLog -------------------------------------------------------------------------------------


async def test_a_line_holds_no_query_and_no_client(world: World, logs: Logs) -> None:
    await world.client.get("/nulle-part?jeton=SECRET")
    [line] = [one for one in logs if one["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/nulle-part", 404)
    assert "SECRET" not in str(logs)
    assert "192.0.2.7" not in str(logs)


async def test_a_page_that_breaks_says_nothing(world: World, logs: Logs) -> None:
    @world.app.get("/casse")
    async def broken() -> None:
        raise RuntimeError("words of the engine")

    answer = await world.client.get("/casse")
    assert answer.status_code == 500
    assert "pas de votre fait" in answer.text, "the portal's own page"
    assert "engine" not in answer.text
    assert 'lang="fr"' in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert any(one["event"] == "request failed" for one in logs)


async def test_an_error_page_that_breaks_leaves_the_refusal_standing(world: World) -> None:
    def breaks(request: Request, status: int) -> None:
        raise RuntimeError("no template")

    world.app.state.error_page = breaks
    answer = await world.client.get("/nulle-part")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
