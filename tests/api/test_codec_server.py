"""The codec server, as the Temporal UI and the command line speak to it."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr

from infrastructure.settings import CodecSettings
from starter.codec_server import build_app
from tests.api.conftest import Logs

UI = "http://127.0.0.1:8233"
SETTINGS = CodecSettings(
    payload_keys=SecretStr(
        f"new:{base64.b64encode(b'n' * 32).decode()},old:{base64.b64encode(b'o' * 32).decode()}"
    ),
    codec_origins=f"{UI}, https://temporal.example/",
)
PLAIN = {
    "metadata": {"encoding": "anNvbi9wbGFpbg=="},
    "data": base64.b64encode(b'{"name":"Martin"}').decode(),
}


def client_of(settings: CodecSettings) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=build_app(settings))
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8234")


@pytest_asyncio.fixture
async def codec() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(SETTINGS) as client:
        yield client


async def ask(client: httpx2.AsyncClient, door: str, *payloads: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post(
        f"/{door}?preserveStorageRefs=true",
        json={"payloads": list(payloads)},
        headers={"Origin": UI, "X-Namespace": "default"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["cache-control"] == "no-store"
    found: list[dict[str, Any]] = answer.json()["payloads"]
    return found


async def test_there_and_back(codec: httpx2.AsyncClient) -> None:
    [sealed] = await ask(codec, "encode", PLAIN)
    assert base64.b64decode(sealed["metadata"]["encoding"]) == b"binary/encrypted"
    assert "Martin" not in base64.b64decode(sealed["data"]).decode("latin-1")
    assert await ask(codec, "decode", sealed, sealed) == [PLAIN, PLAIN]


async def test_an_older_key_still_reads(codec: httpx2.AsyncClient) -> None:
    older = SETTINGS.model_copy(
        update={"payload_keys": SecretStr(f"old:{base64.b64encode(b'o' * 32).decode()}")}
    )
    async with client_of(CodecSettings.model_validate(older.model_dump())) as before:
        [sealed] = await ask(before, "encode", PLAIN)
    assert await ask(codec, "decode", sealed) == [PLAIN]


async def test_what_cannot_be_read_comes_back_as_it_was(codec: httpx2.AsyncClient) -> None:
    [sealed] = await ask(codec, "encode", PLAIN)
    foreign = {**sealed, "data": base64.b64encode(b"no cipher at all, and long enough").decode()}
    unknown_key = {**sealed, "metadata": {**sealed["metadata"], "key": "bm9wZQ=="}}
    mixed = await ask(codec, "decode", PLAIN, foreign, unknown_key, sealed)
    assert mixed == [PLAIN, foreign, unknown_key, PLAIN]


async def test_an_empty_list_is_fine(codec: httpx2.AsyncClient) -> None:
    answer = await codec.post("/decode", json={})
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_program_sends_no_origin(codec: httpx2.AsyncClient) -> None:
    answer = await codec.post("/decode", json={"payloads": [PLAIN]})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8234", f"{UI}.evil.example"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_another_origin_gets_nothing(codec: httpx2.AsyncClient, origin: str, method: str) -> None:
    answer = await codec.request(method, "/decode", json={"payloads": [PLAIN]}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert "payloads" not in answer.text


@pytest.mark.parametrize("origin", [UI, "https://temporal.example"])
async def test_the_ui_s_preflight(codec: httpx2.AsyncClient, origin: str) -> None:
    answer = await codec.options(
        "/decode",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-namespace",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, x-namespace, authorization"
    assert answer.headers["vary"] == "Origin"


async def test_a_token_is_asked_for_when_there_is_one(logs: Logs) -> None:
    settings = SETTINGS.model_copy(update={"codec_token": SecretStr("s3cret-é")})
    async with client_of(settings) as client:
        statuses = []
        for header in (None, "Bearer wrong", "s3cret-é", "Bearer s3cret-é"):
            headers = {b"Authorization": header.encode("latin-1")} if header else {}
            answer = await client.post("/decode", json={"payloads": [PLAIN]}, headers=headers)
            statuses.append(answer.status_code)
        preflight = await client.options("/decode", headers={"Origin": UI})
    assert statuses == [401, 401, 401, 200]
    assert preflight.status_code == 204
    assert "s3cret" not in str(logs)


async def test_one_line_says_how_many_and_nothing_else(codec: httpx2.AsyncClient, logs: Logs) -> None:
    await ask(codec, "decode", PLAIN, PLAIN)
    line = {"event": "codec", "action": "decode", "payloads": 2, "who": "inconnu", "namespace": "default"}
    assert logs == [{**line, "log_level": "info"}]


async def test_who_is_the_proxys_word_where_one_is_named_and_nobody_elses(logs: Logs) -> None:
    said = {"X-Operator": "sam", "X-Other": "eve"}
    for header in ("X-Operator", ""):
        settings = SETTINGS.model_copy(update={"codec_user_header": header})
        async with client_of(settings) as client:
            await client.post("/decode", json={"payloads": [PLAIN]}, headers=said)
    assert [line["who"] for line in logs] == ["sam", "inconnu"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (json.dumps({"payloads": [PLAIN]}), "text/plain", 415),
        (json.dumps({"payloads": "x"}), "application/json", 400),
        ("nonsense", "application/json", 400),
        ('{"payloads": [{"data": "not base 64!"}]}', "application/json", 400),
        (b"\xff", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        (b" " * (16 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
async def test_what_is_no_list_of_payloads_is_refused(
    codec: httpx2.AsyncClient, body: str | bytes, content_type: str, status: int
) -> None:
    answer = await codec.post("/decode", content=body, headers={"content-type": content_type})
    assert answer.status_code == status


async def test_it_says_that_it_is_up(codec: httpx2.AsyncClient) -> None:
    assert (await codec.get("/healthz")).json() == {"status": "up"}
    assert (await codec.get("/decode")).status_code == 405
