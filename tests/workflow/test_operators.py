"""Operators' messages as the Temporal UI sends them without a codec: plain JSON, refusals in French."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowUpdateStage
from temporalio.workflow import _Definition

from domain.messages import OPERATOR_MESSAGES
from domain.problems import TEXTS
from starter.registrations import workflow_id
from tests.waiting import eventually
from tests.workflow.world import NOT_PUBLIC, World
from workflows.registration import RegistrationWorkflow

WHO = {"by": "Sam", "reason": "demande par téléphone"}


@pytest_asyncio.fixture
async def bare(world: World) -> Client:
    """A client without the product's codec and models, like the UI's."""
    target = world.client.service_client.config.target_host
    return await Client.connect(target, namespace=world.client.namespace)


async def outcome_of(bare: Client, registration: UUID, name: str, message: dict[str, Any]) -> Any:
    """What the UI receives: an encrypted answer, or a failure of which it shows the message."""
    handle = bare.get_workflow_handle(workflow_id(registration))
    sent = await handle.start_update(
        name, message, id=uuid4().hex, wait_for_stage=WorkflowUpdateStage.COMPLETED
    )
    return sent._known_outcome


async def act(bare: Client, registration: UUID, name: str, message: dict[str, Any]) -> None:
    assert (await outcome_of(bare, registration, name, message)).HasField("success")


async def refusal(bare: Client, registration: UUID, name: str, message: dict[str, Any]) -> str:
    outcome = await outcome_of(bare, registration, name, message)
    assert outcome.HasField("failure")
    return str(outcome.failure.message)


async def test_resend_extend_and_cancel(world: World, bare: Client) -> None:
    address = world.address()
    registration = await world.by_number(address)
    await world.mail(address, "confirmation")
    await act(bare, registration, "operator_resend", WHO)
    await world.mail(address, "confirmation", count=2)
    await act(bare, registration, "operator_extend", {**WHO, "days": 10})
    began = datetime.now(UTC)

    async def extended() -> bool:
        until = (await world.attributes(registration)).get("RegistrationDeadline")
        return until is not None and until > began + timedelta(days=16)

    await eventually(extended)
    await act(bare, registration, "operator_cancel", WHO)
    assert await world.outcome(registration) == "abandoned"
    entries = (await world.journal(registration)).entries
    names = ["operator_resend", "operator_extend", "operator_cancel"]
    assert [(one.door, one.name, one.by, one.why) for one in entries] == [
        ("operator", name, WHO["by"], WHO["reason"]) for name in names
    ]


async def test_approve(world: World, bare: Client) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    await world.claim(registration, NOT_PUBLIC)
    await act(bare, registration, "operator_approve", WHO)
    await world.mail(address, "approved")


async def test_refuse(world: World, bare: Client) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    await world.claim(registration, NOT_PUBLIC)
    await act(bare, registration, "operator_refuse", WHO)
    assert WHO["reason"] in (await world.mail(address, "refused")).text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("operator_resend", "nothing_to_resend"),
        ("operator_retry", "nothing_to_retry"),
        ("operator_approve", "nothing_to_review"),
        ("operator_refuse", "nothing_to_review"),
    ],
)
async def test_what_does_not_fit_is_refused_in_words(
    world: World, bare: Client, name: str, code: str
) -> None:
    registration, _ = await world.identify(world.address())
    assert TEXTS[code] in await refusal(bare, registration, name, WHO)


async def test_who_and_why_are_required(world: World, bare: Client) -> None:
    registration, _ = await world.identify(world.address())
    for model in OPERATOR_MESSAGES:
        said = await refusal(bare, registration, model.NAME, {"by": "Sam"})
        assert "reason : missing" in said


def test_each_is_described_for_the_ui() -> None:
    updates = _Definition.must_from_class(RegistrationWorkflow).updates
    for model in OPERATOR_MESSAGES:
        assert str(updates[model.NAME].description).startswith("Opérateur : ")
