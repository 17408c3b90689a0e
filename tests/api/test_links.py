"""Opening a link and choosing a password through the API."""

import pytest

from domain.messages import Step
from domain.problems import problem
from domain.view import Outcome
from starter.links import LinkRefused, PasswordRefused
from starter.registrations import Unavailable
from tests.api.conftest import World


async def test_open_says_where_it_leads(world: World, v1: str) -> None:
    registration = world.running(Step.PASSWORD)
    answer = await world.client.post(f"{v1}/links/open", json={"token": world.link(registration)})
    assert answer.status_code == 200
    opened = answer.json()
    assert opened["id"] == str(registration)
    assert opened["address"] == "camille@entreprise.example"
    assert opened["view"]["step"] == "password"


async def test_where_the_mailbox_comes_first_it_gives_what_the_form_goes_on_with(
    world: World, v1: str
) -> None:
    registration = world.running(Step.ESTABLISHMENT)
    running = world.registrations.views[registration]
    world.registrations.views[registration] = running.model_copy(
        update={"email_first": True, "only_behind": 1}
    )
    opened = (await world.client.post(f"{v1}/links/open", json={"token": world.link(registration)})).json()
    assert opened["view"]["step"] == "establishment"

    address, body = f"{v1}/registrations/{registration}", {"leaving": "establishment"}
    for token, step in (
        (opened["resume_token"], "establishment"),
        (world.mint.make("resume", registration), "email_link"),
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await world.client.get(address, headers=bearer)).json()["step"] == step
        answer = await world.client.post(f"{address}/go_back", json=body, headers=bearer)
        assert answer.json()["step"] == step


async def test_in_the_guide_s_order_it_gives_nothing_more(world: World, v1: str) -> None:
    registration = world.running(Step.PASSWORD)
    opened = (await world.client.post(f"{v1}/links/open", json={"token": world.link(registration)})).json()
    assert opened["resume_token"] is None


async def test_a_password_ends_the_journey(world: World, v1: str) -> None:
    registration = world.running(Step.PASSWORD)
    token = world.link(registration)
    answer = await world.client.post(
        f"{v1}/links/password", json={"token": token, "password": "bouquet-7", "submission": "s1"}
    )
    assert answer.status_code == 200
    assert list(answer.json()) == ["view"]
    assert answer.json()["view"]["outcome"] == "registered"
    assert world.links.chosen == [(token, "bouquet-7", "s1")]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (LinkRefused("link_invalid"), 404, "link_invalid"),
        (LinkRefused("link_expired"), 410, "link_expired"),
        (LinkRefused("link_replaced"), 410, "link_replaced"),
        (LinkRefused("link_used", None, Outcome.REGISTERED), 410, "link_used"),
        (LinkRefused("registration_ended", None, Outcome.EXPIRED), 410, "registration_ended"),
        (PasswordRefused((problem("password_unproved"),)), 422, "password_unproved"),
        (Unavailable(), 503, "unavailable"),
    ],
)
@pytest.mark.parametrize("door", ["open", "password"])
async def test_refusals(world: World, v1: str, error: Exception, status: int, code: str, door: str) -> None:
    world.links.error = error
    body = {"token": world.link(world.running())}
    if door == "password":
        body["password"] = "bouquet-7-marees"
    answer = await world.client.post(f"{v1}/links/{door}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    if isinstance(error, LinkRefused):
        assert answer.json().get("outcome") == (error.outcome.value if error.outcome else None)


async def test_a_token_without_shape_is_an_invalid_link(world: World, v1: str) -> None:
    answer = await world.client.post(f"{v1}/links/password", json={"token": "zzz", "password": "bouquet-7"})
    assert (answer.status_code, answer.json()["code"]) == (404, "link_invalid")
