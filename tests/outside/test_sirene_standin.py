"""INSEE's stand-in: served by uvicorn as in the embedded stack, asked by the product's own client."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import uvicorn
from pydantic import SecretStr

from devstack.companies import BY_SIRET, COMPANIES, Case, Company
from devstack.sirene import BASE_PATH, KEY_HEADER, create_app
from domain.idcc import is_akto
from domain.siret import display, read_siret
from infrastructure.sirene import Reason, SireneAnswer, SireneClient, SireneUnavailable

KEY = "une-cle"
SERVED = [company for company in COMPANIES if company.case in {Case.ACTIVE, Case.CLOSED, Case.CEASED}]


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def serve(**options: Any) -> AsyncIterator[str]:
    """The stand-in behind a real socket."""
    server = uvicorn.Server(uvicorn.Config(create_app(**options), log_config=None, lifespan="off", port=0))
    task = asyncio.create_task(server._serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def url(clock: Clock) -> AsyncIterator[str]:
    async with serve(key="", quota=30, clock=clock) as address:
        yield address


@pytest_asyncio.fixture
async def http(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        yield client


@pytest_asyncio.fixture
async def insee(url: str) -> AsyncIterator[SireneClient]:
    async with SireneClient(url + BASE_PATH, SecretStr(KEY), 2.0) as client:
        yield client


async def get(http: httpx2.AsyncClient, siret: str, key: str = KEY) -> httpx2.Response:
    return await http.get(f"{BASE_PATH}/siret/{siret}", headers={KEY_HEADER: key})


async def why(insee: SireneClient, siret: str) -> tuple[Reason, float | None]:
    with pytest.raises(SireneUnavailable) as caught:
        await insee.establishment(siret)
    return caught.value.reason, caught.value.retry_after


# ---- the table -------------------------------------------------------------------------------------


def test_the_table_of_establishments() -> None:
    assert len(BY_SIRET) == len(COMPANIES) >= 25
    for company in COMPANIES:
        assert read_siret(company.siret) == (company.siret, None)
        assert company.siren.startswith("000000")
        assert company.case is not Case.MOVED or company.moved_to in BY_SIRET
    assert {company.case for company in COMPANIES} == set(Case)


def test_those_that_akto_recognises() -> None:
    known = [company for company in COMPANIES if company.akto]
    assert len(known) >= 10
    assert {company.kind for company in known} == {"member", "training_organisation"}
    assert len({company.siren for company in known}) < len(known)  # several establishments of one company
    assert [company.case for company in known if company.case is not Case.ACTIVE] == [Case.CLOSED]
    assert all(company.idcc and is_akto(company.idcc) for company in known)


@pytest.mark.parametrize("company", SERVED, ids=lambda company: company.siret)
async def test_each_establishment_as_the_client_reads_it(insee: SireneClient, company: Company) -> None:
    found = (await insee.establishment(company.siret)).answer
    assert found.status == ("active" if company.case is Case.ACTIVE else "closed")
    assert found.closed_on == company.closed_on
    assert found.name is not None
    assert found.commune is not None
    assert found.commune.isupper()


async def read(insee: SireneClient, siret: str) -> SireneAnswer:
    assert siret in BY_SIRET
    return await insee.establishment(siret)


async def test_the_cases(insee: SireneClient) -> None:
    closed = (await read(insee, "00000018200014")).answer
    assert (closed.status, closed.closed_on, closed.name) == ("closed", date(2021, 6, 30), "CAFE DE LA GARE")
    assert (await read(insee, "00000019000017")).answer.status == "closed"
    person = (await read(insee, "00000020800017")).answer
    assert (person.status, person.name, person.commune) == ("active", None, "ANNECY")
    company = (await read(insee, "00000021600010")).answer
    assert (company.status, company.name) == ("active", "TRAITEUR DES DEUX RIVES")
    assert (await read(insee, "00000017400011")).answer.name == "CAMILLE MODELE"
    assert (await read(insee, "00000022400014")).answer.status == "not_public"
    assert (await read(insee, "00000023200017")).answer.status == "unknown"
    moved = await read(insee, "00000024000010")
    assert (moved.answer.status, moved.replaced) == ("unknown", True)
    assert (await insee.establishment("00000059600015")).answer.status == "unknown"  # any other SIRET


async def test_the_wire_format(http: httpx2.AsyncClient) -> None:
    active = (await get(http, "00000001800010")).json()
    assert active["header"] == {"statut": 200, "message": "ok"}
    establishment = active["etablissement"]
    assert establishment["etablissementSiege"] is True
    assert (await get(http, "00000001800028")).json()["etablissement"]["etablissementSiege"] is False
    assert establishment["siren"] + establishment["nic"] == establishment["siret"] == "00000001800010"
    masked = await get(http, "00000020800017")
    assert masked.text.count('"[ND]"') > 10
    unknown = await get(http, "00000023200017")
    assert (unknown.status_code, unknown.json()["header"]["statut"]) == (404, 404)
    not_public = await get(http, "00000022400014")
    assert (not_public.status_code, not_public.json()["header"]["statut"]) == (403, 403)
    moved = await get(http, "00000024000010")
    assert moved.status_code == 301
    assert moved.headers["location"].endswith("/siret/00000025700014")
    malformed = await get(http, "418166096")
    assert (malformed.status_code, malformed.json()["header"]["statut"]) == (400, 400)
    health = await http.get(f"{BASE_PATH}/informations", headers={KEY_HEADER: KEY})
    assert health.json()["etatService"] == "UP"


# ---- key and quota ---------------------------------------------------------------------------------


async def test_a_key_is_needed(http: httpx2.AsyncClient) -> None:
    refused = await get(http, "00000001800010", key="")
    assert (refused.status_code, refused.json()["http_status_code"]) == (401, 401)


async def test_only_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MON_ESPACE_SIRENE_KEY", "la-bonne")
    async with serve() as url, httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await get(http, "00000001800010", key="une-autre")).status_code == 401
        assert (await get(http, "00000001800010", key="la-bonne")).status_code == 200


async def test_thirty_a_minute_and_key(http: httpx2.AsyncClient, insee: SireneClient, clock: Clock) -> None:
    clock.now += 5
    for _ in range(30):
        assert (await get(http, "00000001800010")).status_code == 200
    clock.now += 20
    spent = await get(http, "00000001800010")
    assert (spent.status_code, spent.json()["http_status_code"]) == (429, 429)
    assert spent.headers["retry-after"] == "40"
    assert await why(insee, "00000001800010") == (Reason.QUOTA, 40)
    assert (await get(http, "00000001800010", key="une-autre")).status_code == 200
    clock.now += 40
    assert (await get(http, "00000001800010")).status_code == 200


async def test_the_quota_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MON_ESPACE_SIRENE_QUOTA", "1")
    async with serve() as url, httpx2.AsyncClient(base_url=url, trust_env=False) as http:
        assert (await get(http, "00000001800010")).status_code == 200
        assert (await get(http, "00000001800010")).status_code == 429


async def test_what_was_asked_is_counted(http: httpx2.AsyncClient) -> None:
    for siret in ("00000001800010", "00000001800010", "00000023200017"):
        await get(http, siret)
    counted = {"00000001800010": 2, "00000023200017": 1}
    assert (await http.get("/calls")).json() == {"total": 3, "last_minute": 3, "sirets": counted}
    assert (await http.delete("/calls")).json() == {"total": 0, "last_minute": 0, "sirets": {}}


# ---- faults ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"mode": "down"}, Reason.SERVER_ERROR),
        ({"mode": "maintenance"}, Reason.MAINTENANCE),
        ({"mode": "slow", "seconds": 3}, Reason.TIMEOUT),
        ({"mode": "quota"}, Reason.QUOTA),
        ({"mode": "cut"}, Reason.UNREACHABLE),
    ],
)
async def test_faults_come_and_go(
    http: httpx2.AsyncClient, insee: SireneClient, fault: dict[str, Any], reason: Reason
) -> None:
    assert (await http.put("/faults", json=fault)).json()["mode"] == fault["mode"]
    assert (await http.get("/faults")).json() == {"seconds": 8.0, "sirets": []} | fault
    assert (await why(insee, "00000001800010"))[0] is reason
    await http.put("/faults", json={"mode": "none"})
    assert (await insee.establishment("00000001800010")).answer.status == "active"


async def test_slow_answers_in_the_end(http: httpx2.AsyncClient, insee: SireneClient) -> None:
    await http.put("/faults", json={"mode": "slow", "seconds": 0.3})
    began = asyncio.get_running_loop().time()
    assert (await insee.establishment("00000001800010")).answer.status == "active"
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_a_fault_for_some_alone(http: httpx2.AsyncClient, insee: SireneClient) -> None:
    await http.put("/faults", json={"mode": "down", "sirets": ["00000001800010"]})
    assert (await why(insee, "00000001800010"))[0] is Reason.SERVER_ERROR
    assert (await insee.establishment("00000001800028")).answer.status == "active"


@pytest.mark.parametrize("body", ['{"mode": "tired"}', '{"mode": "slow", "seconds": -1}', '{"nope": 1}', "{"])
async def test_a_fault_that_does_not_exist_changes_nothing(http: httpx2.AsyncClient, body: str) -> None:
    await http.put("/faults", json={"mode": "slow", "seconds": 0})
    assert (await http.put("/faults", content=body)).status_code == 422
    assert (await http.get("/faults")).json()["mode"] == "slow"


# ---- for a person ----------------------------------------------------------------------------------


async def test_the_page_shows_the_cases_and_its_buttons_work(
    http: httpx2.AsyncClient, insee: SireneClient
) -> None:
    page = await http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for company in COMPANIES:
        assert display(company.siret) in page.text
    modes = re.findall(r'name="mode" value="(\w+)"', page.text)
    assert modes == ["none", "down", "slow", "maintenance", "quota", "cut"]

    fields = {"mode": "down", "seconds": "2", "sirets": "000 000 018 00010, 00000001800028"}
    answered = await http.post("/", data=fields)
    assert answered.status_code == 303
    after = (await http.get(answered.headers["location"])).text
    assert 'value="down" aria-pressed="true"' in after
    assert "Seulement pour : 000 000 018 00010, 000 000 018 00028." in after
    assert (await why(insee, "00000001800028"))[0] is Reason.SERVER_ERROR
    assert (await insee.establishment("00000002600013")).answer.status == "active"

    await http.post("/", data={"mode": "none"})
    assert (await http.get("/faults")).json() == {"mode": "none", "seconds": 8.0, "sirets": []}


@pytest.mark.parametrize("fields", [{"mode": "down", "sirets": "123"}, {"mode": "?"}, {}])
async def test_a_setting_that_is_not_valid_is_said(http: httpx2.AsyncClient, fields: dict[str, str]) -> None:
    answered = await http.post("/", data=fields)
    assert answered.status_code == 422
    assert 'role="alert"' in answered.text
    assert (await http.get("/faults")).json()["mode"] == "none"
