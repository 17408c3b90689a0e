"""A history as it is kept: what a replay needs, nothing of the machine that recorded it.

Payloads stay encrypted, with the fixed key of the tests; the people in them are invented.
"""

import json
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

#: Names of processes and machines, ids of requests, counters of the server: no replay reads them.
_LEFT_OUT = frozenset(
    {
        "identity",
        "requestId",
        "taskId",
        "workerVersion",
        "workerInstanceKey",
        "historySizeBytes",
        "binaryChecksum",
    }
)


def compact(history: WorkflowHistory) -> str:
    """The history as JSON, one event a line; with the workflow's id, which a registration's facts hold."""
    events = json.loads(history.to_json())["events"]
    lines = [json.dumps(_clean(event), ensure_ascii=False, separators=(",", ":")) for event in events]
    return f'{{"workflowId":"{history.workflow_id}","events":[\n' + ",\n".join(lines) + "\n]}\n"


def read(path: Path) -> WorkflowHistory:
    """A history that was kept."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(kept.pop("workflowId"), kept)


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**value, "name": "sticky"}
    return {key: _clean(one) for key, one in value.items() if key not in _LEFT_OUT}
