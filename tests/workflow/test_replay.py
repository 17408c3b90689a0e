"""Every kept history goes through the workflow of today; a workflow that was changed carelessly does not.

When a test here fails: docs/changing-the-workflow.md.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.worker import Replayer, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import NondeterminismError

from domain import card, desk
from domain.effects import MailKind
from infrastructure.codec import ENCODING
from infrastructure.temporal import plugin
from tests.conftest import make_settings
from tests.histories import FOLDER, journeys, mailbox_first, weeks
from tests.histories.compact import read
from tests.histories.recording import SCENARIOS
from tests.workflow import changed
from workflows.letter import LetterWorkflow
from workflows.registration import RegistrationWorkflow

assert journeys
assert mailbox_first
assert weeks

#: Those of frozen releases lie in a folder each.
KEPT = sorted(FOLDER.rglob("*.json"))


#: Workers do without it; here it refuses what a workflow may not call. The domain is pure, the rest vetted.
SANDBOX = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "domain", "infrastructure", "email_validator", "stdnum", "idna", "dns", "cryptography"
    )
)


def replayer(registration: type[Any], runner: WorkflowRunner | None = None) -> Replayer:
    settings = make_settings("postgresql://nobody@127.0.0.1:1/none")
    return Replayer(workflows=[registration, LetterWorkflow], plugins=[plugin(settings, runner)])


@pytest.mark.parametrize("path", KEPT, ids=lambda path: str(path.relative_to(FOLDER)))
async def test_kept_history_replays(path: Path) -> None:
    await replayer(RegistrationWorkflow, SANDBOX).replay_workflow(read(path))


def test_every_scenario_has_its_history_and_every_history_its_scenario() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SCENARIOS)


def test_a_month_was_skipped_in_some() -> None:
    lasted = {}
    for path in FOLDER.glob("*.json"):
        times = [event["eventTime"] for event in json.loads(path.read_text())["events"]]
        first, last = (datetime.fromisoformat(times[at][:19]).replace(tzinfo=UTC) for at in (0, -1))
        lasted[path.stem] = last - first
    old = {name for name, age in lasted.items() if age >= timedelta(days=28)}
    assert old >= {"review_approved_after_a_month", "expired_number_after_thirty_days"}
    assert old >= {"open_at_the_link", "open_at_the_number", "open_in_review"}


def test_kept_histories_are_encrypted_and_name_no_machine() -> None:
    for path in KEPT:
        text = path.read_text(encoding="utf-8")
        assert '"identity"' not in text, path
        payloads = _payloads(json.loads(text))
        readable = [base64.b64decode(one["data"]).lower() for one in payloads if not _encrypted(one)]
        assert len(readable) < len(payloads), path
        for typed in (b"dupont", b"claire", b"exemple.example", b"00000001800010", b"123456"):
            assert not [one for one in readable if typed in one], (path, typed)


def _encrypted(payload: dict[str, Any]) -> bool:
    return base64.b64decode(payload["metadata"]["encoding"]) == ENCODING


def _payloads(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for one in value for found in _payloads(one)]
    if not isinstance(value, dict):
        return []
    if "metadata" in value and "data" in value:
        return [value]
    return [found for one in value.values() for found in _payloads(one)]


@pytest.mark.parametrize("careless", [changed.WaitsFirst, changed.ForgetsAttributes, changed.AsksTwice])
@pytest.mark.parametrize("name", ["known_contact", "open_at_the_number", "expired_link"])
async def test_a_careless_change_is_caught(careless: type[Any], name: str) -> None:
    with pytest.raises(NondeterminismError):
        await replayer(careless).replay_workflow(read(FOLDER / f"{name}.json"))


@pytest.mark.parametrize("name", ["known_contact", "open_at_the_number", "expired_link"])
async def test_a_change_behind_a_patch_is_not(name: str) -> None:
    await replayer(changed.WaitsFirstIfNew).replay_workflow(read(FOLDER / f"{name}.json"))


@pytest.mark.parametrize("name", ["member_number", "expired_link"])
async def test_words_may_change_freely(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(desk, "MAILS", dict.fromkeys(MailKind, "autres mots"))
    monkeypatch.setattr(card, "card", lambda facts, policy: "une autre carte")
    await replayer(RegistrationWorkflow).replay_workflow(read(FOLDER / f"{name}.json"))
