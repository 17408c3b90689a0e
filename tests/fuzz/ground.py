"""What is thrown at, and what must hold whatever is thrown: somebody who waits there can still finish."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowExecutionStatus

from devstack.stack import Stack
from domain.desk import ID_PREFIX
from tests.survival.person import Person

#: In everything that is thrown and looks like words; no log may hold it.
CANARY = "zqx7kanari"

#: The limits are for people; here they would answer in the place of what is tried.
UNLIMITED = {
    "AKTO_STARTS_PER_MINUTE": "1000000",
    "AKTO_STARTS_PER_HOUR": "1000000",
    "AKTO_SIRET_LOOKUPS_PER_HOUR": "1000000",
    "AKTO_LOGINS_PER_ADDRESS": "1000000",
    "AKTO_ARGON2_TIME_COST": "1",
    "AKTO_ARGON2_MEMORY_KIB": "64",
    "AKTO_LOG_LEVEL": "DEBUG",
}

#: What a person answers at each step, whichever way round they got there.
ANSWERS: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("identify", {"civility": "madame", "last_name": "PETIT", "first_name": "Anne"}),
    "themes": ("choose_themes", {"themes": ["cases"]}),
    "establishment": ("claim_establishment", {"kind": "member", "siret": "00000001800010"}),
    "member_number": ("give_member_number", {"number": "123456 001"}),
    "idcc": ("give_idcc", {"idcc": "1979"}),
}


#: What the engine does to a task by itself, and asks for again: a message overtook it, or megabytes wait. An
#: update of more than its 2 MB passes it, and the refusal, which quotes it, does not: it fails until the
#: sender gives up (20 s), and the registration goes on (docs/security.md, accepted).
ENGINES_OWN = frozenset(
    {
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_PAYLOADS_TOO_LARGE,
    }
)


@dataclass
class Ground:
    """A running stack, and how much was tried on it.

    Attributes:
        stack: what is thrown at.
        engine: a client of its engine.
        tried: inputs by kind.
        finished: how many of those who waited there reached their account.
    """

    stack: Stack
    engine: Client
    tried: Counter[str] = field(default_factory=Counter)
    finished: int = 0

    @property
    def portal(self) -> str:
        """Where pages and API are."""
        return str(self.stack.addresses["portal"])

    async def somebody(self, *, until: str = "themes") -> Person:
        """A registration that waits at that step."""
        person = Person(self.portal, str(self.stack.addresses["mailbox"]))
        step = await person.start()
        while step != until:
            step = await self._answer(person, step)
        return person

    async def finishes(self, person: Person) -> None:
        """That registration goes on from where it stands, to the account; no workflow task of it failed."""
        headers = {"Authorization": f"Bearer {person.token}"}
        path = f"/api/v1/registrations/{person.registration}"
        view = await person.insist("GET", path, None, headers)
        step = view["step"]
        while step in ANSWERS:
            step = await self._answer(person, step)
        assert step in ("email_link", "password"), (step, view["errors"])
        answer = await person.choose_password(await person.link())
        assert answer["view"]["outcome"] == "registered"
        await self.unharmed(person.registration)
        self.finished += 1

    async def unharmed(self, registration: str) -> None:
        """No workflow task of the registration failed, and none is being tried again."""
        handle = self.engine.get_workflow_handle(f"{ID_PREFIX}{registration}")
        described = await handle.describe()
        assert described.status in (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED)
        assert described.raw_description.pending_workflow_task.attempt <= 1
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                failed = event.workflow_task_failed_event_attributes
                assert failed.cause in ENGINES_OWN, failed

    def leaks(self) -> list[str]:
        """The lines of all logs that hold something thrown."""
        files = sorted(self.stack.config.logs.rglob("*.log"))
        assert {"portal.log", "worker.log"} <= {one.name for one in files}
        return [
            f"{one.name}: {line[:300]}"
            for one in files
            for line in one.read_text(errors="replace").splitlines()
            if CANARY in line.lower()
        ]

    async def _answer(self, person: Person, step: str) -> str:
        message, body = ANSWERS[step]
        if step == "identity":
            body = {**body, "email": person.email}
        path = f"/api/v1/registrations/{person.registration}"
        headers = {"Authorization": f"Bearer {person.token}"}
        sent = {**body, "submission": f"{time.monotonic_ns():x}"}
        view = await person.insist("POST", f"{path}/{message}", sent, headers)
        until = time.monotonic() + 60
        while view["busy"] and time.monotonic() < until:
            await asyncio.sleep(0.2)
            view = await person.insist("GET", path, None, headers)
        assert view["step"] != step, (step, view["errors"])
        return str(view["step"])
