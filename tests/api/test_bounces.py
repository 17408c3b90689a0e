"""The bounce endpoint: who may report, and what is said."""

from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from infrastructure.database import DatabaseUnavailable
from starter.bounces import Fate
from starter.registrations import Unavailable
from tests.api.conftest import World

TOKEN = "un-secret-de-relais"
NAME = "<confirmation.0123456789abcdef0123456789abcdef@monespace.example>"


@dataclass
class FakeBounces:
    fate: Fate = "reported"
    error: Exception | None = None
    reported: list[str] = field(default_factory=list)

    async def report(self, message_id: str) -> Fate:
        if self.error:
            raise self.error
        self.reported.append(message_id)
        return self.fate


@pytest.fixture
def bounces(world: World) -> FakeBounces:
    world.app.state.bounces = FakeBounces()
    world.app.state.settings.bounce_token = SecretStr(TOKEN)
    return world.app.state.bounces  # type: ignore[no-any-return]


@pytest.mark.parametrize("fate", ["reported", "ignored", "unknown"])
async def test_reported(world: World, bounces: FakeBounces, v1: str, fate: Fate) -> None:
    bounces.fate = fate
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await world.client.post(f"{v1}/bounces", json={"message_id": NAME}, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"status": fate})
    assert bounces.reported == [NAME]


@pytest.mark.parametrize("given", [None, "", "Bearer ", "Bearer autre", f"Basic {TOKEN}", TOKEN, "Bearer é"])
@pytest.mark.parametrize("set_to", [TOKEN, ""])
async def test_nobody_else_may_report(
    world: World, bounces: FakeBounces, v1: str, given: str | None, set_to: str
) -> None:
    world.app.state.settings.bounce_token = SecretStr(set_to)
    headers = {} if given is None else {b"Authorization": given.encode()}
    answer = await world.client.post(f"{v1}/bounces", json={"message_id": NAME}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert bounces.reported == []


@pytest.mark.parametrize("body", [{}, {"message_id": "x" * 201}, {"message_id": NAME, "more": 1}])
async def test_malformed(world: World, bounces: FakeBounces, v1: str, body: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await world.client.post(f"{v1}/bounces", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("error", [DatabaseUnavailable("x"), Unavailable()])
async def test_not_now(world: World, bounces: FakeBounces, v1: str, error: Exception) -> None:
    bounces.error = error
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await world.client.post(f"{v1}/bounces", json={"message_id": NAME}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
