"""The demonstration's data as programs read it: `docs/demo.json` says what the code says."""

import json

import asyncpg

from devstack import demo_crowd, demo_data
from devstack.companies import BY_SIRET
from devstack.config import CHECKOUT
from devstack.demo_data import catalogue
from domain.siret import read_siret


def test_the_file_for_programs_is_the_catalogue() -> None:
    written = (CHECKOUT / "docs" / "demo.json").read_text(encoding="utf-8")
    current = json.dumps(catalogue(), indent=2, ensure_ascii=False) + "\n"
    assert written == current, "python -m devstack.demo_data > docs/demo.json"


def test_the_crowd_is_plausible() -> None:
    establishments = [one for company in demo_crowd.companies() for one in company]
    people = list(demo_crowd.people())
    sirets = [one.siret for one in establishments]
    assert len(sirets) == len(set(sirets)) > 400
    assert all(read_siret(siret)[0] == siret for siret in sirets)
    assert not set(sirets) & set(BY_SIRET)
    assert {one.kind for one in establishments} == {"member", "training_organisation"}
    assert any(one.number is None for one in establishments)
    assert len({person.email for person in people}) == len(people) > 700
    held = [len(person.establishments) for person in people]
    assert min(held) == 1
    assert max(held) > 50


async def test_loading_twice_changes_nothing(database_url: str) -> None:
    async def counted() -> list[int]:
        connection = await asyncpg.connect(database_url)
        try:
            return [
                await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
                for table in ("contacts", "establishments", "contact_establishments")
            ]
        finally:
            await connection.close()

    await demo_data.load(database_url)
    once = await counted()
    await demo_data.load(database_url)
    assert await counted() == once
    assert once[0] > 700
