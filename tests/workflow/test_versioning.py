"""Worker versioning, switched on by settings: two builds side by side on the real engine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from pydantic import ValidationError
from temporalio.api.workflowservice.v1 import (
    RegisterNamespaceRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

import worker
from domain.messages import ChooseThemes, GiveMemberNumber
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings
from infrastructure.silence import Silence
from infrastructure.temporal import plugin, register_search_attributes
from infrastructure.tokens import TokenMint
from starter.links import Links
from starter.registrations import Registrations
from tests.waiting import eventually
from tests.workflow.changed import WaitsFirstIfNew
from tests.workflow.world import RECOGNISED, RECOGNISED_NUMBER, World
from workflows import attributes

DEPLOYMENT = "mon-espace"


@pytest.fixture
async def apart(world: World) -> World:
    """A namespace of its own on the same engine: its queues have no other worker."""
    name = f"versions-{uuid4().hex[:8]}"
    request = RegisterNamespaceRequest(
        namespace=name, workflow_execution_retention_period=Duration(seconds=86_400)
    )
    await world.client.workflow_service.register_namespace(request)
    address = world.client.service_client.config.target_host

    async def connected() -> Client | None:
        try:
            client = await Client.connect(address, namespace=name, plugins=[plugin(world.settings)])
            await register_search_attributes(client, attributes.KEYS)
        except RPCError:  # A namespace is known to all parts of the engine a moment later.
            return None
        return client

    client = await eventually(connected, 30)
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    other = World(client, skipper, world.settings, world.pool, world.mailbox, world.sirene_url)
    other.registrations = Registrations(
        skipper.client, world.settings.email_hash_key, clock=lambda: other.now()
    )
    hash_key, mint = world.settings.email_hash_key, TokenMint(world.settings.link_key_ring)
    silence, hasher = Silence(world.pool, hash_key), PasswordHasher(world.settings)
    other.links = Links(other.registrations, world.accounts(), hasher, mint, silence)
    return other


@asynccontextmanager
async def build(world: World, number: str) -> AsyncIterator[None]:
    """A worker process of that build."""
    named = {"worker_deployment": DEPLOYMENT, "worker_build": number}
    async with worker.running(world.client, world.settings.model_copy(update=named), world.pool):
        yield


async def make_current(world: World, number: str) -> None:
    """What the deploying person does once the build's workers poll."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=world.client.namespace, deployment_name=DEPLOYMENT, build_id=number, identity="tests"
    )

    async def accepted() -> bool:
        try:
            await world.client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError:  # The engine has not heard of that build yet.
            return False
        return True

    await eventually(accepted, 30)


async def builds(world: World, registration: UUID) -> list[str]:
    """Which build did each workflow task, oldest first."""
    history = await world.handle(registration).fetch_history()
    done = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    assert all(one.versioning_behavior == VersioningBehavior.AUTO_UPGRADE.value for one in done if _of(one))
    return [_of(one) for one in done]


def _of(completed: Any) -> str:
    return str(completed.deployment_version.build_id)


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """A new version takes the engine a moment; the product says « unavailable » meanwhile."""

    async def answered() -> Any:
        try:
            return await call()
        except Exception as error:
            if type(error).__name__ != "Unavailable":
                raise
            return None

    return await eventually(answered, 30)


async def test_a_waiting_registration_goes_on_with_the_build_that_became_current(
    apart: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, address = apart, apart.address()
    async with build(world, "1"):
        await make_current(world, "1")
        registration, _ = await patiently(lambda: world.identify(address))
        await world.skip(registration, timedelta(days=4))
        assert set(await builds(world, registration)) == {"1"}
        # The second build has other code, guarded by a patch.
        monkeypatch.setattr(worker, "RegistrationWorkflow", WaitsFirstIfNew)
        async with build(world, "2"):
            themes = ChooseThemes(submission=uuid4().hex)
            view = await world.registrations.send(registration, themes)
            assert view.step == "establishment"
            assert set(await builds(world, registration)) == {"1"}  # Not current yet: nothing is sent to it.
            await make_current(world, "2")
            view = await patiently(lambda: world.claim(registration, RECOGNISED))
            assert view.step == "member_number"

            async def moved() -> bool:
                # The engine's queues hear of a new current build one after the other.
                await world.handle(registration).signal("nobody_knows_this")
                return (await builds(world, registration))[-1] == "2"

            await eventually(moved, 30)
    # The first build's workers are gone for good; nothing was pinned to them.
    async with build(world, "2"):
        number = GiveMemberNumber(number=RECOGNISED_NUMBER, submission=uuid4().hex)
        await patiently(lambda: world.registrations.send(registration, number))
        await world.finish(registration, address)
        assert await world.outcome(registration) == "registered"
    used = await builds(world, registration)
    assert used == sorted(used)


async def test_versioning_may_be_switched_on_while_registrations_wait(apart: World) -> None:
    world = apart
    async with worker.running(world.client, world.settings, world.pool):
        registration = await world.to_establishment(world.address())
    async with build(world, "1"):
        await make_current(world, "1")
        view = await patiently(lambda: world.claim(registration, RECOGNISED))
    assert view.step == "member_number"
    assert set(await builds(world, registration)) == {"", "1"}


def test_off_by_default_and_both_names_or_neither(world: World) -> None:
    assert worker.deployment_of(world.settings) is None
    given = {name: getattr(world.settings, name) for name in ("database_url", "payload_keys")}
    given |= {name: getattr(world.settings, name) for name in ("link_keys", "hash_key")}
    with pytest.raises(ValidationError, match="both or neither"):
        Settings(**given, worker_build="2")
