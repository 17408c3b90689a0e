"""The Sirene client over real HTTP: how it asks, and whatever comes that is no answer."""

import logging
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from pydantic import SecretStr

from infrastructure.sirene import BODY_MAX, Reason, SireneClient, SireneUnavailable, told_wait
from tests.outside.insee_documents import (
    ACTIVE,
    BAD_REQUEST,
    DOWN,
    KEY,
    OPEN,
    OTHER,
    PAGE,
    SIRET,
    SPENT,
    UNAUTHORISED,
    UNKNOWN,
    ask,
    document,
    insee,
    period,
    refusal,
    without_nulls,
)
from tests.outside.scripted import Script, answer, pieces, scripted

# ---- the question ----------------------------------------------------------------------------------


async def test_the_question_is_what_insee_expects() -> None:
    async with insee(answer(200, ACTIVE)) as (client, server):
        await client.establishment(SIRET)
    (head,) = server.heads
    assert head.startswith(f"GET /api-sirene/3.11/siret/{SIRET} HTTP/1.1\r\n")  # and no parameter
    lines = head.lower().split("\r\n")
    assert f"x-insee-api-key-integration: {KEY}" in lines
    assert "accept: application/json" in lines


async def test_an_http_client_of_the_caller_is_used_and_left_open() -> None:
    async with scripted(answer(200, ACTIVE)) as server, httpx2.AsyncClient() as http:
        client = SireneClient(server.url + "/", SecretStr(KEY), 2.0, http)
        assert (await client.establishment(SIRET)).answer == OPEN
        await client.aclose()
        assert not http.is_closed
    assert server.paths == [f"/siret/{SIRET}"]


@pytest.mark.parametrize(
    "text", ["", "418166096", "4181660960006x", SIRET + "\n", "٤" * 14, "../../faults?x"]
)
async def test_nothing_but_fourteen_digits_is_ever_asked(text: str) -> None:
    async with insee(answer(200, ACTIVE)) as (client, server):
        with pytest.raises(ValueError, match="14 digits"):
            await client.establishment(text)
    assert server.heads == []


async def test_without_a_key_nobody_is_asked() -> None:
    async with (
        scripted(answer(200, ACTIVE)) as server,
        SireneClient(server.url, SecretStr(" "), 2.0) as client,
    ):
        with pytest.raises(SireneUnavailable) as caught:
            await client.establishment(SIRET)
    assert caught.value.reason.ours
    assert server.heads == []


@pytest.mark.parametrize("key", ["clé", "one\ntwo", "a\x00b"])
def test_a_key_no_header_can_carry_is_refused_without_being_said(key: str) -> None:
    with pytest.raises(ValueError, match="characters") as caught:
        SireneClient("http://127.0.0.1:1", SecretStr(key), 2.0)
    assert key not in "".join(traceback.format_exception(caught.value))


# ---- unavailable -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(answer(400, BAD_REQUEST), Reason.BAD_REQUEST, id="400"),
        pytest.param(answer(401, UNAUTHORISED), Reason.UNAUTHORISED, id="401"),
        pytest.param(
            answer(403, {"message": "Forbidden", "http_status_code": 403}), Reason.GATEWAY, id="gateway's 403"
        ),
        pytest.param(
            answer(404, {"message": "No context-path matches", "http_status_code": 404}),
            Reason.GATEWAY,
            id="gateway's 404",
        ),
        pytest.param(answer(404, PAGE, content_type="text/html"), Reason.GATEWAY, id="404 page"),
        pytest.param(answer(403, PAGE, content_type="text/html"), Reason.GATEWAY, id="403 page"),
        pytest.param(answer(429, SPENT), Reason.QUOTA, id="429"),
        *(
            pytest.param(answer(code, DOWN), Reason.SERVER_ERROR, id=str(code))
            for code in (500, 502, 503, 504)
        ),
        pytest.param(answer(502, PAGE, content_type="text/html"), Reason.SERVER_ERROR, id="502 page"),
        pytest.param(answer(200, PAGE, content_type="text/html"), Reason.MAINTENANCE, id="200 page"),
        pytest.param(answer(200, "\n" + PAGE), Reason.MAINTENANCE, id="200 page said to be JSON"),
        pytest.param(answer(200), Reason.UNEXPECTED, id="empty"),
        pytest.param(answer(200, b'{"etablissement": {'), Reason.UNEXPECTED, id="half a JSON"),
        pytest.param(answer(200, b"\xff\xfe"), Reason.UNEXPECTED, id="not text"),
        pytest.param(answer(200, b"[" * 100_000), Reason.UNEXPECTED, id="deep JSON"),
        pytest.param(answer(200, [ACTIVE]), Reason.UNEXPECTED, id="a list"),
        pytest.param(answer(200, "null"), Reason.UNEXPECTED, id="null"),
        pytest.param(answer(200, {"header": ACTIVE["header"]}), Reason.UNEXPECTED, id="no establishment"),
        pytest.param(
            answer(
                200,
                {
                    "header": {"statut": 200, "message": "OK", "total": 1, "debut": 0, "nombre": 1},
                    "etablissements": [ACTIVE["etablissement"]],
                },
            ),
            Reason.UNEXPECTED,
            id="plural",
        ),
        pytest.param(answer(200, document(siret=OTHER)), Reason.UNEXPECTED, id="another establishment"),
        pytest.param(answer(200, document(periods=[])), Reason.UNEXPECTED, id="no period"),
        pytest.param(
            answer(200, document(periodesEtablissement=None)), Reason.UNEXPECTED, id="null for periods"
        ),
        pytest.param(
            answer(200, document(periods=[period("2012-03-01", "2020-01-01", "A")])),
            Reason.UNEXPECTED,
            id="no current period",
        ),
        pytest.param(
            answer(200, document(periods=[period("2012-03-01", None, "X")])),
            Reason.UNEXPECTED,
            id="unknown state",
        ),
        pytest.param(
            answer(200, without_nulls(document(uniteLegale=None))), Reason.UNEXPECTED, id="no legal unit"
        ),
        pytest.param(
            answer(200, document(unit={"denominationUniteLegale": {"a": 1}})),
            Reason.UNEXPECTED,
            id="a name that is no text",
        ),
        pytest.param(answer(204), Reason.UNEXPECTED, id="204"),
        pytest.param(
            answer(302, PAGE, Location=f"https://login.example/siret/{OTHER}"), Reason.UNEXPECTED, id="302"
        ),
        pytest.param(
            answer(301, Location=f"https://elsewhere.example/siret/{SIRET}"),
            Reason.UNEXPECTED,
            id="301 to another address of the same",
        ),
        pytest.param(
            answer(301, Location="https://elsewhere.example/"), Reason.UNEXPECTED, id="301 to anything"
        ),
        pytest.param(pieces(), Reason.UNREACHABLE, id="closed without a word"),
        pytest.param(pieces(b"HTTP/1.1 200 OK\r\nContent-Le"), Reason.UNREACHABLE, id="cut in the head"),
        pytest.param(
            pieces(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"header": {'),
            Reason.UNREACHABLE,
            id="cut in the body",
        ),
        pytest.param(pieces(b"SSH-2.0-OpenSSH_9.2\r\n"), Reason.UNREACHABLE, id="not HTTP"),
        pytest.param(
            answer(200, b"not gzip", Content_Encoding="gzip"), Reason.UNEXPECTED, id="wrongly encoded"
        ),
        pytest.param(
            answer(200, b" " * (BODY_MAX + 1)), Reason.UNEXPECTED, id="larger than any establishment"
        ),
    ],
)
async def test_unavailable_is_never_an_answer(script: Script, reason: Reason) -> None:
    failure = await refusal(script)
    assert failure.reason is reason
    assert failure.retry_after is None


def test_which_reasons_are_ours_to_mend() -> None:
    assert {reason for reason in Reason if reason.ours} == {
        Reason.BAD_REQUEST,
        Reason.UNAUTHORISED,
        Reason.GATEWAY,
    }


async def test_nobody_listens() -> None:
    async with scripted(pieces()) as server:
        pass
    async with SireneClient(server.url, SecretStr(KEY), 2.0) as client:
        with pytest.raises(SireneUnavailable) as caught:
            await client.establishment(SIRET)
    assert caught.value.reason is Reason.UNREACHABLE


DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nContent-Type: application/json\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(pieces(then=5), id="says nothing"),
        pytest.param(
            pieces(b"HTTP/1.1 200 OK\r\n", *[b"X-Slow: 1\r\n"] * 90, pause=0.05), id="drips its head"
        ),
        pytest.param(pieces(DRIP, *[b" "] * 100, pause=0.05), id="drips its body"),
        pytest.param(pieces(DRIP, b"{", then=5), id="stops in the body"),
    ],
)
async def test_one_deadline_for_the_whole_exchange(script: Script) -> None:
    began = time.monotonic()
    failure = await refusal(script, deadline=0.4)
    assert time.monotonic() - began < 1.5
    assert failure.reason is Reason.TIMEOUT


async def test_after_a_deadline_the_next_question_is_answered() -> None:
    async with insee(pieces(DRIP, then=5), deadline=0.5) as (client, server):
        with pytest.raises(SireneUnavailable):
            await client.establishment(SIRET)
        server.script = answer(200, ACTIVE)
        assert (await client.establishment(SIRET)).answer == OPEN


# ---- until when ------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
IN_20_S = format_datetime(NOW + timedelta(seconds=20), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": " 17 "}, 17),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "86400"}, 600),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "nan"}, None),
        ({"date": DATE, "retry-after": IN_20_S}, 20),
        ({"date": IN_20_S, "retry-after": DATE}, 1),
        ({"x-rate-limit-reset": "12"}, 12),
        ({"date": DATE, "x-rate-limit-reset": str(int(NOW.timestamp()) + 33)}, 33),
        ({"date": DATE, "x-rate-limit-reset": str(int(NOW.timestamp() * 1000) + 33_000)}, 33),
        ({"date": DATE, "x-rate-limit-reset": "whenever"}, None),
        ({"retry-after": "5", "x-rate-limit-reset": "50"}, 5),
        ({"retry-after": "soon", "x-rate-limit-reset": "50"}, 50),
    ],
)
def test_what_is_told_of_the_wait(headers: dict[str, str], wait: float | None) -> None:
    assert told_wait(headers) == wait


@pytest.mark.parametrize(
    ("script", "reason", "wait"),
    [
        (answer(429, SPENT, Retry_After="23"), Reason.QUOTA, 23),
        (answer(429, SPENT, X_Rate_Limit_Reset="41"), Reason.QUOTA, 41),
        (answer(503, DOWN, Retry_After="120"), Reason.SERVER_ERROR, 120),
    ],
)
async def test_until_when_is_passed_on(script: Script, reason: Reason, wait: float) -> None:
    failure = await refusal(script)
    assert (failure.reason, failure.retry_after) == (reason, wait)


async def test_a_moment_is_compared_with_our_clock_where_no_other_is_shown() -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=30)).timestamp()
    failure = await refusal(answer(429, SPENT, X_Rate_Limit_Reset=str(int(reset * 1000))))
    assert failure.retry_after == pytest.approx(30, abs=3)


# ---- silence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        answer(200, ACTIVE),
        answer(404, UNKNOWN),
        answer(401, UNAUTHORISED),
        answer(301, Location=f"/siret/{OTHER}"),
        answer(200, b"{"),
        pieces(),
        pieces(DRIP, then=5),
    ],
)
async def test_neither_key_nor_siret_is_logged_or_raised(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    said = ""
    with caplog.at_level(logging.DEBUG):
        try:
            await ask(script, deadline=0.3)
        except SireneUnavailable as failure:
            said = "".join(traceback.format_exception(failure)) + repr(failure)
    told = said + "".join(record.getMessage() + repr(record.args) for record in caplog.records)
    for secret in (KEY, SIRET, OTHER, "OCTO"):
        assert secret not in told
