"""What is counted after real journeys, and that ops/ asks for nothing else."""

import json
import os
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
import pytest
import yaml

from devstack.ports import free_port
from devstack.stack import Stack
from infrastructure.pollers import ACTIVITY, NobodyPolls, polled
from infrastructure.probe import answering
from infrastructure.settings import load_settings
from infrastructure.sirene import Reason
from infrastructure.temporal import connect
from starter.operators.measures import LONGER_THAN
from tests.metrics.conftest import Exported, Journeys
from workflows.effects import TASK_QUEUE

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "ops/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
DASHBOARD = json.loads((ROOT / "ops/grafana/mon-espace.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"] if panel["type"] != "row"}
EXPRESSIONS = [rule["expr"] for rule in ALERTS.values()] + [
    target["expr"] for panel in PANELS.values() for target in panel["targets"]
]
#: Words of PromQL that our expressions use.
WORDS = {"sum", "max", "min", "rate", "increase", "histogram_quantile", "time", "absent", "or"}
#: Made by Prometheus itself for each target.
OWN = {"up": {"job", "instance"}}

_GROUPING = re.compile(r"\bby\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?")
_RANGE = re.compile(r"\[[^\]]*\]")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


def asked(expression: str) -> dict[str, list[tuple[str, str, str]]]:
    """The metrics of an expression, each with its label matchers; PromQL's own words are left out."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    plain = _RANGE.sub("", _GROUPING.sub("", expression))
    for name, matchers in _SELECTOR.findall(plain):
        if name not in WORDS:
            found.setdefault(name, []).extend(_MATCHER.findall(matchers))
    return found


def labels_of(exported: Exported, name: str) -> set[str]:
    found = {label for one in exported.samples if one.name == name for label in one.labels}
    return found | {"job", "instance"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
async def test_what_is_asked_for_is_exported(expression: str, exported: Exported) -> None:
    metrics = asked(expression)
    assert metrics
    known: set[str] = set()
    for name, matchers in metrics.items():
        assert name in exported.names or name in OWN, name
        labels = OWN.get(name) or labels_of(exported, name)
        known |= labels
        assert {label for label, _, _ in matchers} <= labels, name
    for grouping in _GROUPING.findall(expression):
        assert {label.strip() for label in grouping.split(",")} <= known, expression


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_are_balanced(expression: str) -> None:
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


async def test_values_that_alerts_look_for_exist(exported: Exported) -> None:
    """A value that nothing will ever have makes an alert that never fires."""
    words = {str(reason) for reason in Reason} | set(LONGER_THAN) | {"failed", "bug", "sent"}
    words |= {value for one in exported.samples for value in one.labels.values()}
    for expression in EXPRESSIONS:
        for matchers in asked(expression).values():
            for label, kind, value in matchers:
                if label not in {"route", "status", "job"}:
                    wanted = value.split("|") if kind == "=~" else [value]
                    assert set(wanted) <= words, (expression, label)


async def test_journeys_are_counted(exported: Exported, journeys: Journeys) -> None:
    total = exported.total
    assert total("mon_espace_registrations_started_total") == journeys.started
    assert total("mon_espace_steps_reached_total", step="themes") == journeys.started
    assert total("mon_espace_steps_reached_total", step="email_link") == 2
    assert total("mon_espace_registrations_ended_total", outcome="registered") == 2
    assert total("mon_espace_registrations_ended_total", branch="idcc") == 1
    assert total("mon_espace_mails_total", kind="confirmation", result="sent") == 2
    assert total("mon_espace_insee_answers_total", result="active") == 1
    assert total("mon_espace_messages_total", message="choose_themes", result="accepted") == 2
    assert total("mon_espace_refused_updates_total", message="give_idcc") == 2
    assert total("mon_espace_limits_hit_total", limit="starts") == 1
    assert (
        total("mon_espace_http_requests_total", route="/api/v1/registrations", status="201")
        == journeys.started
    )
    assert total("mon_espace_http_requests_total", route="other", status="404") == 1
    assert total("mon_espace_queue_pollers", queue="registration-mail") == 1


async def test_nothing_of_anybody_is_exported(exported: Exported, journeys: Journeys) -> None:
    values = "\n".join({value for one in exported.samples for value in one.labels.values()})
    for secret in ("exemple.example", "ROUSSEAU", "PETIT", "00000001800010", "00000010900017", "123456"):
        assert secret not in values
    for person in journeys.people:
        assert person.registration not in values
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", values)
    for one in exported.samples:
        if one.name.startswith("mon_espace"):
            assert all(re.fullmatch(r"[\w./{}:+-]{1,60}", value) for value in one.labels.values()), one


def test_no_alert_is_about_a_slow_person() -> None:
    for name, rule in ALERTS.items():
        assert 'waiting_on="person"' not in rule["expr"], name
        assert "open_registrations" not in rule["expr"], name
        if "waiting_registrations" in rule["expr"]:
            assert re.search(r'waiting_on="(operator|insee|mail)"', rule["expr"]), name


def test_each_alert_leads_to_its_page() -> None:
    runbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^##+ (.+)$", runbook, re.MULTILINE))
    for rule in ALERTS.values():
        assert rule["annotations"]["page"] in headings
        assert rule["labels"]["severity"] in {"critical", "warning"}


async def test_the_worker_knows_that_it_polls(product: Stack) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
        ready = await http.get(f"{product.addresses['worker_health']}")
        portal = await http.get(f"{product.addresses['portal']}/readyz")
    assert ready.status_code == 200, ready.text
    assert set(ready.json().values()) == {"ready", True}
    assert len(ready.json()) == 6
    assert portal.json() == {"status": "ready", "database": True, "engine": True, "workers": True}


async def test_another_workers_polling_is_not_its_own(product: Stack) -> None:
    with patch.dict(os.environ, product.environ):
        client = await connect(load_settings())
    await polled(client, TASK_QUEUE, ACTIVITY)()
    with pytest.raises(NobodyPolls):
        await polled(client, TASK_QUEUE, ACTIVITY, client.identity)()
    with pytest.raises(NobodyPolls):
        await polled(client, "nobodys-queue", ACTIVITY)()


async def test_a_probe_waits_for_nobody() -> None:
    async def away() -> None:
        raise OSError

    address = f"127.0.0.1:{free_port()}"
    async with answering(address, {"database": away}), httpx2.AsyncClient(trust_env=False) as http:
        up, ready, other = [
            await http.get(f"http://{address}{path}") for path in ("/healthz", "/readyz", "/")
        ]
        assert (up.status_code, ready.status_code, other.status_code) == (200, 503, 404)
        assert ready.json() == {"status": "unavailable", "database": False}
        async with answering(address, {}):
            pass  # The address is taken: said in the log, and nothing else.
