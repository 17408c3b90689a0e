"""What the product is compared with: the least a durable registration can be on this server.

Same server, same codec, same runner, as many updates and activities as the member-number branch, the same
argon2id hash (computed by the caller, as our web process does); no rules, no database, no pages, no search
attributes.
`python -m benchmarks.skeleton` is its worker.
"""

import asyncio
import sys
from datetime import timedelta
from uuid import uuid4

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from devstack.leaving import leave
from infrastructure.codec import EncryptionCodec
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import load_settings

QUEUE = "skeleton"
PASSWORD = "Tilleul-7-cascade"  # noqa: S105 - of nobody
#: What each update of the member-number branch brings with it: a look-up in our database, or nothing.
IDENTIFY, THEMES, ESTABLISHMENT, NUMBER, OPEN, CHOOSE = range(6)
LOOKS_UP = frozenset({IDENTIFY, ESTABLISHMENT, NUMBER, CHOOSE})
#: After which of them a mail leaves.
MAILS = frozenset({NUMBER, CHOOSE})


class Said(BaseModel):
    """As much as a form says."""

    step: int
    civility: str = "madame"
    last_name: str = "MARTIN"
    first_name: str = "Camille"
    email: str = "camille.martin@exemple.example"


class Shown(BaseModel):
    """As much as the next screen shows."""

    step: int
    last_name: str = ""
    first_name: str = ""
    email: str = ""


@activity.defn
async def look_up(said: Said) -> Shown:
    """Look nothing up."""
    return Shown(step=said.step)


@activity.defn
async def mail(said: Said) -> Shown:
    """Send nothing."""
    return Shown(step=said.step)


@workflow.defn
class Skeleton:
    """Six updates, four local activities, two ordinary ones."""

    def __init__(self) -> None:
        self._mails: list[Said] = []
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Send the mails, end."""
        while True:
            await workflow.wait_condition(lambda: bool(self._mails))
            said = self._mails.pop(0)
            await workflow.execute_activity(mail, said, start_to_close_timeout=timedelta(seconds=10))
            if said.step == CHOOSE:
                return

    @workflow.update
    async def say(self, said: Said) -> Shown:
        """One form."""
        if said.step in LOOKS_UP:
            await workflow.execute_local_activity(
                look_up, said, schedule_to_close_timeout=timedelta(seconds=2)
            )
        if said.step in MAILS:
            self._mails.append(said)
        return Shown(
            step=said.step + 1, last_name=said.last_name, first_name=said.first_name, email=said.email
        )


class Caller:
    """Plays skeletons."""

    def __init__(self, client: Client, hasher: PasswordHasher) -> None:
        self._client = client
        self._hasher = hasher

    async def start(self) -> WorkflowHandle[Skeleton, None]:
        """Update-with-start: the first form."""
        start = WithStartWorkflowOperation(
            Skeleton.run,
            id=f"skeleton-{uuid4()}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        await self._client.execute_update_with_start_workflow(
            Skeleton.say, Said(step=IDENTIFY), start_workflow_operation=start
        )
        return await start.workflow_handle()

    async def say(self, handle: WorkflowHandle[Skeleton, None], step: int) -> Shown:
        """A bare update."""
        return await handle.execute_update(Skeleton.say, Said(step=step))

    async def whole(self) -> None:
        """From the first form to the end."""
        handle = await self.start()
        for step in (THEMES, ESTABLISHMENT, NUMBER, OPEN):
            await self.say(handle, step)
        await self._hasher.hash(PASSWORD)
        await self.say(handle, CHOOSE)
        await handle.result()


async def connect(payload_keys: dict[str, bytes]) -> Client:
    """The product's codec and pydantic, none of its rules."""
    converter = DataConverter(
        payload_converter_class=PydanticPayloadConverter, payload_codec=EncryptionCodec(payload_keys)
    )
    config = ClientConfig.load_client_connect_config()
    return await Client.connect(**config, data_converter=converter)


async def main() -> int:
    """Work until ended."""
    client = await connect(load_settings().payload_key_ring)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[Skeleton],
        activities=[look_up, mail],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        print("skeleton ready", flush=True)
        await asyncio.Event().wait()
    return 0


if __name__ == "__main__":
    try:
        leave(asyncio.run(main()))
    except KeyboardInterrupt:
        sys.exit(0)
