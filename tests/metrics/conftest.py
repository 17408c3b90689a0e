"""One private stack after a few journeys, and what its two processes export then."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from devstack import stack
from devstack.stack import Stack
from tests.survival.person import BY_IDCC, BY_NUMBER, Person

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Sample:
    """One line of an export."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Exported:
    """Everything that worker and web process export."""

    text: str

    @property
    def samples(self) -> Iterator[Sample]:
        for line in self.text.splitlines():
            if not line.startswith("#") and (read := _SAMPLE.match(line)):
                yield Sample(read[1], dict(_LABEL.findall(read[2] or "")), float(read[3]))

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.samples}

    def total(self, name: str, **labels: str) -> float:
        """The sum of the samples that carry these labels."""
        return sum(
            one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items()
        )


@dataclass(frozen=True)
class Journeys:
    """Who registered, and how many began."""

    people: list[Person]
    started: int


async def exports(product: Stack) -> Exported:
    """What both processes say now."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
        answers = [
            (await http.get(f"{product.addresses[one]}")).raise_for_status().text
            for one in ("portal_metrics", "worker_metrics")
        ]
    return Exported("\n".join(answers))


@pytest_asyncio.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("metrics")
    async with stack.private(folder, AKTO_STARTS_PER_MINUTE="5") as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def journeys(product: Stack) -> Journeys:
    """Two that register, one of them after a refused message; then a client that begins too often."""
    portal, mailbox = str(product.addresses["portal"]), str(product.addresses["mailbox"])
    found = []
    for steps in (BY_NUMBER, BY_IDCC):
        person = Person(portal, mailbox)
        await person.start()
        await out_of_turn(person)
        for message, body, until in steps:
            await person.send(message, body, until)
        token = await person.link()
        await person.choose_password(token)
        found.append(person)
    async with httpx2.AsyncClient(trust_env=False, timeout=10, base_url=portal) as http:
        await http.get("/nulle-part/12345")
        started = 0
        while started < 20:  # A minute may have begun meanwhile, with starts of its own.
            form = {"civility": "madame", "last_name": "PETIT", "first_name": "Anne"}
            key = {"Idempotency-Key": f"{started:032d}"}
            body = form | {"email": f"anne.petit.{started}@exemple.example"}
            answer = await http.post("/api/v1/registrations", json=body, headers=key)
            if answer.status_code == 429:
                break
            assert answer.status_code == 201
            started += 1
    assert answer.status_code == 429
    return Journeys(found, len(found) + started)


async def out_of_turn(person: Person) -> None:
    """A message that does not fit where the registration stands."""
    headers = {"Authorization": f"Bearer {person.token}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=10, base_url=person.portal) as http:
        path = f"/api/v1/registrations/{person.registration}/give_idcc"
        answer = await http.post(path, json={"idcc": "1979", "submission": "0" * 32}, headers=headers)
    assert answer.status_code == 409


@pytest_asyncio.fixture(scope="session")
async def exported(product: Stack, journeys: Journeys) -> Exported:
    """The exports, once the minute's figures are there too."""
    for _ in range(300):
        found = await exports(product)
        parts = ("registrations", "broken", "queues", "database")
        if all(found.total("mon_espace_measured_timestamp_seconds", part=part) for part in parts):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError("no figures were measured")
