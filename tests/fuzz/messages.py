"""Garbage by raw gRPC: signals, updates and queries as no client of ours would send them."""

import asyncio
from typing import Any, NamedTuple
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import Header, Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.update.v1 import Input, Meta, Request, WaitPolicy
from temporalio.api.workflowservice.v1 import (
    QueryWorkflowRequest,
    SignalWorkflowExecutionRequest,
    UpdateWorkflowExecutionRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.desk import ID_PREFIX
from domain.messages import OPERATOR_MESSAGES, PERSON_MESSAGES, WEB_MESSAGES
from tests.fuzz.ground import CANARY, Ground

NAMES = [model.NAME for model in (*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES)]
#: A registration ends after 300 messages, as it should: fewer are thrown at each.
A_REGISTRATION = 60
#: Of bytes: what the engine carries at most; of updates it lets more in.
TOO_LARGE = 1_900_000
#: What the engine itself answers to what it will not carry, and to questions that have no answer.
REFUSED = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.RESOURCE_EXHAUSTED,
}

_ENCODINGS = st.sampled_from(
    [
        b"json/plain",
        b"binary/plain",
        b"binary/null",
        b"binary/encrypted",
        b"json/protobuf",
        b"zip/x",
        b"",
        b"\xff",
    ]
)
_JSON = st.one_of(
    st.sampled_from(
        ["null", "[]", '"x"', "3", "1e999", "NaN", "{", "[[[[", '{"x":1}', '{"zqx7kanari":[]}', "true"]
    ),
    st.text(max_size=40).map(lambda text: f'{{"{CANARY}": "{CANARY}", "{text}": []}}'),
    st.integers(1, 2_000).map(lambda depth: "[" * depth + "]" * depth),
).map(lambda text: text.encode(errors="replace"))
_DATA = st.one_of(
    _JSON,
    st.binary(max_size=60).map(lambda data: CANARY.encode() + data),
    st.just(b""),
)


class Garbage(NamedTuple):
    """A payload in few words: `data` so many times over."""

    metadata: dict[str, bytes]
    data: bytes
    times: int

    def payload(self) -> Payload:
        """As it is sent."""
        return Payload(metadata=self.metadata, data=self.data * self.times)


#: Once as a rule; sometimes as much as the engine carries, and more than that.
_TIMES = st.integers(0, 30).map(lambda number: {0: 5_000, 1: 200_000}.get(number, 1))
_PAYLOADS = st.builds(
    Garbage,
    st.one_of(
        st.just({}),
        _ENCODINGS.map(lambda encoding: {"encoding": encoding}),
        _ENCODINGS.map(lambda encoding: {"encoding": encoding, "key": b"other", "messageType": b"x.Y"}),
    ),
    _DATA,
    _TIMES,
)
#: At least one payload each: a message that needs no answer is a fine one without any.
_ARGUMENTS = st.lists(_PAYLOADS, min_size=1, max_size=3)
_STRANGE = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).map(lambda text: CANARY + text),
    st.sampled_from(["__temporal_x", "__stack_trace", "view ", "IDENTIFY", "x" * 900, "\x00", "ä\u202e"]),
)
_ONES = st.tuples(
    st.sampled_from(["signal", "update", "query"]),
    st.one_of(st.sampled_from(NAMES), st.sampled_from(["view", "journal"]), _STRANGE),
    _ARGUMENTS,
    st.dictionaries(st.text(min_size=1, max_size=10), _PAYLOADS, max_size=2),
)


async def throw(ground: Ground, number: int) -> None:
    """Throw so many at registrations that wait, each at its step; then each is finished."""
    loop = asyncio.get_running_loop()
    steps = ("themes", "establishment", "member_number", "email_link")
    for turn in range(-(-number // A_REGISTRATION)):
        person = await ground.somebody(until=steps[turn % len(steps)])
        await asyncio.to_thread(_some, ground, person.registration, min(number, A_REGISTRATION), loop)
        await ground.finishes(person)


def _some(ground: Ground, registration: str, number: int, loop: asyncio.AbstractEventLoop) -> None:
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(one=_ONES)
    def try_one(one: tuple[str, str, list[Garbage], dict[str, Garbage]]) -> None:
        asyncio.run_coroutine_threadsafe(_throw(ground, registration, *one), loop).result(120)

    try_one()


async def _throw(
    ground: Ground,
    registration: str,
    how: str,
    name: str,
    payloads: list[Garbage],
    header: dict[str, Garbage],
) -> None:
    """One garbage; answered by a refusal, never by silence, and never accepted.

    Raises:
        AssertionError: an update was accepted, or nothing was answered.
    """
    service, namespace = ground.engine.workflow_service, ground.engine.namespace
    whom = WorkflowExecution(workflow_id=f"{ID_PREFIX}{registration}")
    arguments = Payloads(payloads=[one.payload() for one in payloads])
    headers = Header(fields={name: one.payload() for name, one in header.items()})
    if how == "update" and arguments.ByteSize() + headers.ByteSize() > TOO_LARGE:
        how = "signal"  # An update of that size holds the registration up: docs/security.md, accepted.
    ground.tried[how] += 1
    request: Any
    try:
        if how == "signal":
            request = SignalWorkflowExecutionRequest(
                namespace=namespace,
                workflow_execution=whom,
                signal_name=name,
                input=arguments,
                header=headers,
            )
            await _patiently(lambda: service.signal_workflow_execution(request))
        elif how == "update":
            completed = (
                UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
            )
            request = UpdateWorkflowExecutionRequest(
                namespace=namespace,
                workflow_execution=whom,
                wait_policy=WaitPolicy(lifecycle_stage=completed),
                request=Request(
                    meta=Meta(update_id=uuid4().hex), input=Input(name=name, args=arguments, header=headers)
                ),
            )
            for _ in range(5):
                answer = await _patiently(lambda: service.update_workflow_execution(request))
                if answer.outcome.WhichOneof("value"):
                    break  # Else the engine has waited long enough for a busy worker: the same id again.
            assert answer.outcome.HasField("failure"), (name, payloads, answer)
        else:
            request = QueryWorkflowRequest(
                namespace=namespace,
                execution=whom,
                query=WorkflowQuery(query_type=name, query_args=arguments, header=headers),
            )
            await _patiently(lambda: service.query_workflow(request))
    except RPCError as error:
        if error.status not in REFUSED:
            raise AssertionError(f"{how} {name!r}: {error.status.name} {error.message[:300]}") from None


async def _patiently(call: Any) -> Any:
    """The engine's answer; asked again while it says that it is busy."""
    for _ in range(20):
        try:
            return await asyncio.wait_for(call(), 30)
        except RPCError as error:
            if error.status is not RPCStatusCode.UNAVAILABLE:
                raise
            await asyncio.sleep(0.5)
    raise AssertionError("the engine stays away")
