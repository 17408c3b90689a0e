"""Suggestions of an IDCC: the client over real HTTP, the stand-in, and what the activity makes of them."""

from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from activities.sirene import SireneActivities
from domain.effects import InseeAnswer, InseeQuestion
from infrastructure.companies import BODY_MAX, PAUSE, PER_SECOND, CompaniesClient
from infrastructure.database import PoolType
from infrastructure.sirene import SireneClient
from tests.outside.insee_documents import ACTIVE, KEY, OTHER, SIRET
from tests.outside.scripted import Script, answer, pieces, scripted
from tests.outside.test_sirene_standin import Clock, serve


def document(agreements: Any, siret: str = SIRET) -> dict[str, Any]:
    """As the API answers."""
    establishment = {
        "siret": siret, "etat_administratif": "A", "est_siege": True,
        "adresse": "34 AVENUE DE L'OPERA 75002 PARIS", "libelle_commune": "PARIS", "liste_idcc": agreements,
    }  # fmt: skip
    company = {
        "siren": siret[:9],
        "nom_complet": "OCTO-TECHNOLOGY",
        "matching_etablissements": [establishment],
    }
    return {"results": [company], "total_results": 1, "page": 1, "per_page": 10, "total_pages": 1}


async def suggest(script: Script, deadline: float = 1.0) -> tuple[str, ...] | None:
    async with scripted(script) as server, CompaniesClient(server.url, deadline) as client:
        return await client.suggest(SIRET)


async def test_the_question() -> None:
    async with (
        scripted(answer(200, document(["1486"]))) as server,
        CompaniesClient(server.url, 1.0) as client,
    ):
        assert await client.suggest(SIRET) == ("1486",)
    (head,) = server.heads
    assert head.startswith(f"GET /search?q={SIRET}&page=1&per_page=1 HTTP/1.1\r\n")
    assert "user-agent: mon-espace-akto" in head.lower()


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        (["1486"], ("1486",)),
        (["1979", "1501"], ("1979", "1501")),
        (["573", "0573", "1761"], ("0573",)),
        (["9999"], ()),
        (["9998", "1486"], ("1486",)),
        (["x", 12, None, "0000", "12345"], ()),
        ([str(number) for number in range(1000, 1100)], ("1000", "1001", "1002", "1003")),
        ([], ()),
        (None, ()),
        ("1486", ()),
    ],
)
async def test_what_is_read_of_the_list(listed: Any, read: tuple[str, ...]) -> None:
    assert await suggest(answer(200, document(listed))) == read


async def test_unknown_or_another_establishment_suggests_nothing() -> None:
    assert await suggest(answer(200, {"results": [], "total_results": 0})) == ()
    assert await suggest(answer(200, document(["1486"], OTHER))) == ()
    assert await suggest(answer(200, {"results": [None, {}, {"matching_etablissements": None}]})) == ()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(answer(429, {}, Retry_After="1"), id="429"),
        pytest.param(answer(500, {}), id="500"),
        pytest.param(answer(301, "", Location="/x"), id="301"),
        pytest.param(answer(200, "<html>", content_type="text/html"), id="200 page"),
        pytest.param(answer(200, []), id="a list"),
        pytest.param(answer(200, {"results": {}}), id="another shape"),
        pytest.param(answer(200, b" " * (BODY_MAX + 1)), id="larger than any answer"),
        pytest.param(pieces(), id="closed without a word"),
        pytest.param(pieces(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), id="cut"),
        pytest.param(pieces(then=5), id="slow"),
    ],
)
async def test_whatever_goes_wrong_nothing_is_suggested(script: Script) -> None:
    assert await suggest(script, deadline=0.3) is None


async def test_after_a_failure_nobody_is_asked_for_a_while() -> None:
    clock = Clock()
    async with scripted(answer(500, {})) as server, CompaniesClient(server.url, 1.0, clock) as client:
        assert await client.suggest(SIRET) is None
        server.script = answer(200, document(["1486"]))
        clock.now += PAUSE - 1
        assert await client.suggest(SIRET) is None
        clock.now += 1
        assert await client.suggest(SIRET) == ("1486",)
        server.script = answer(429, {}, Retry_After="7")
        assert await client.suggest(SIRET) is None
        server.script = answer(200, document([]))
        clock.now += 7
        assert await client.suggest(SIRET) == ()


async def test_no_more_than_so_many_a_second() -> None:
    clock = Clock()
    script = answer(200, document(["1486"]))
    async with scripted(script) as server, CompaniesClient(server.url, 1.0, clock) as client:
        answers = [await client.suggest(SIRET) for _ in range(PER_SECOND + 3)]
        assert answers == [("1486",)] * PER_SECOND + [None] * 3
        assert len(server.heads) == PER_SECOND
        clock.now += 1.0
        assert await client.suggest(SIRET) == ("1486",)


async def test_an_empty_address_asks_nobody() -> None:
    async with CompaniesClient("", 1.0) as client:
        assert await client.suggest(SIRET) is None


async def test_the_stand_in_as_the_client_reads_it() -> None:
    clock = Clock()
    async with serve(clock=clock) as url, httpx2.AsyncClient(base_url=f"{url}/recherche-entreprises") as http:

        async def asked(siret: str) -> tuple[str, ...] | None:
            clock.now += 1.0
            async with CompaniesClient(f"{url}/recherche-entreprises", 1.0) as client:
                return await client.suggest(siret)

        assert await asked("00000010900017") == ("1979",)
        assert await asked("00000015800014") == (), "no agreement"
        assert await asked("00000022400014") == (), "not public"
        assert await asked("00000023200017") == (), "unknown"
        for mode in ("down", "page"):
            assert (await http.put("/faults", json={"mode": mode})).json() == {"mode": mode}
            assert await asked("00000010900017") is None
        assert (await http.put("/faults", json={"mode": "x"})).status_code == 422
        await http.put("/faults", json={"mode": "none"})
        statuses = [(await http.get("/search", params={"q": "x"})).status_code for _ in range(8)]
        assert statuses[-1] == 429
        assert (await http.get("/calls")).json() == {"total": 14}


async def test_what_is_suggested_is_remembered_with_insees_answer(database: PoolType) -> None:
    async with (
        scripted(answer(200, ACTIVE)) as insee,
        scripted(answer(500, {})) as other,
        SireneClient(insee.url, SecretStr(KEY), 2.0) as client,
    ):

        async def ask() -> InseeAnswer:
            async with CompaniesClient(other.url, 0.5) as companies:
                work = SireneActivities(database, client, companies)
                return await ActivityEnvironment().run(work.ask_insee, InseeQuestion(siret=SIRET))

        assert (await ask()).agreements is None, "INSEE's answer does not wait for the other's health"
        other.script = answer(200, document(["1486"]))
        assert (await ask()).agreements == ("1486",)
        assert (await ask()).agreements == ("1486",)
    assert (len(insee.heads), len(other.heads)) == (1, 2)
