"""Looking: lists, one registration, an address, figures, views. One paused registration breaks none of it."""

import os
import signal
from collections import Counter
from uuid import UUID, uuid4

import pytest

from devstack.populate import Crowd
from devstack.stack import Stack
from domain.messages import Step
from starter.operators import queries
from tests.operators.conftest import Operator, address_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

CLOSED = {"registered", "to_confirm", "abandoned", "expired"}
ENOUGH = ("--limit", "1000")


async def test_the_list_holds_every_open_registration_and_paused_ones(
    operator: Operator, population: dict[str, int]
) -> None:
    expected = sum(number for state, number in population.items() if state not in CLOSED)
    found = (await operator.types("list", "--json", *ENOUGH)).json
    assert found["count"] >= expected
    statuses = Counter(one["status"] for one in found["registrations"])
    assert statuses["suspendue"] >= population["paused"]
    assert set(statuses) == {"en cours", "suspendue"}


async def test_the_table_says_the_same_in_french(operator: Operator) -> None:
    said = await operator.types("list", "--step", "review", *ENOUGH)
    found = (await operator.types("list", "--step", "review", "--json", *ENOUGH)).json["registrations"]
    assert found
    for one in found:
        assert one["registration"] in said.out
    for words in ("Examen par un opérateur", "un opérateur", "examen : pas de numéro enregistré"):
        assert words in said.out


@pytest.mark.parametrize("who", ["person", "insee", "mail", "operator"])
async def test_waiting_on(operator: Operator, who: str) -> None:
    found = (await operator.types("list", "--waiting-on", who, "--json", *ENOUGH)).json["registrations"]
    assert found
    assert {one["waiting_on"] for one in found} == {who}


@pytest.mark.parametrize(
    "step", ["themes", "establishment", "member_number", "idcc", "email_link", "password"]
)
async def test_step(operator: Operator, step: str) -> None:
    found = (await operator.types("list", "--step", step, "--json", *ENOUGH)).json["registrations"]
    assert found
    assert {one["step"] for one in found} == {step}


async def test_older_than_and_limit(operator: Operator) -> None:
    assert (await operator.types("list", "--older-than", "1j", "--json")).json["count"] == 0
    found = (await operator.types("list", "--older-than", "0m", "--limit", "3", "--json")).json
    assert len(found["registrations"]) == 3
    assert found["count"] > 3
    assert "3 affichées sur" in (await operator.types("list", "--limit", "3")).out


async def test_ended(operator: Operator, population: dict[str, int]) -> None:
    found = (await operator.types("list", "--ended", "--json", *ENOUGH)).json["registrations"]
    outcomes = Counter(one["outcome"] for one in found)
    assert outcomes["registered"] >= population["registered"] + population["to_confirm"]
    assert outcomes["expired"] >= population["expired"]
    assert not any(one["open"] for one in found)


async def test_stuck_says_why(operator: Operator, population: dict[str, int]) -> None:
    found = (await operator.types("list", "--stuck", "--json", *ENOUGH)).json["registrations"]
    why = Counter(one["why"] for one in found)
    assert why["suspendue dans Temporal"] >= population["paused"]
    assert why["courriel refusé : adresse à corriger"] >= 1
    assert why["examen : pas de numéro enregistré"] >= 1
    waiting_for_people = [
        one for one in found if one["waiting_on"] == "person" and one["status"] == "en cours"
    ]
    assert waiting_for_people == []


async def test_a_reason_that_an_older_server_does_not_know_costs_no_other(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = queries.stuck

    def with_unknown(now: object) -> tuple[tuple[str, str], ...]:
        return (("nouveauté", "AttributeOfTomorrow IS NOT NULL"), *known(now))  # type: ignore[arg-type]

    monkeypatch.setattr(queries, "stuck", with_unknown)
    said = await operator.types("list", "--stuck", "--json", *ENOUGH)
    assert said.json["count"] > 0
    assert "nouveauté" in said.err


@pytest.mark.parametrize("step", [Step.THEMES, Step.REVIEW, Step.EMAIL_LINK])
async def test_show(operator: Operator, step: Step) -> None:
    registration = await operator.one("--step", step, "--query", 'ExecutionStatus = "Running"')
    said = await operator.types("show", f"registration-{registration}")
    for words in ("Pour débloquer", "De qui", "Depuis", "Échéance", "python -m starter"):
        assert words in said.out
    found = (await operator.types("show", registration, "--json")).json
    assert found["step"] == step
    assert found["card"].startswith("**")
    assert found["journal"]["accepted"] >= 1


async def test_show_a_paused_registration(operator: Operator) -> None:
    registration = await operator.one("--query", 'ExecutionStatus = "Paused"')
    said = await operator.types("show", registration)
    assert said.code == 0
    assert "État : suspendue" in said.out


async def test_show_work_in_progress_and_mails(operator: Operator) -> None:
    waiting = await operator.types("show", await operator.one("--waiting-on", "insee"))
    assert "ask_insee" in waiting.out
    reviewed = await operator.types("show", await operator.one("--step", "review"))
    assert "operators_review" in reviewed.out


async def test_show_nobody(operator: Operator) -> None:
    said = await operator.types("show", uuid4())
    assert said.code == 1
    assert "ne la connaît pas" in said.out
    assert (await operator.types("show", "n'importe quoi")).code == 2


async def test_find_by_address_leaves_no_trace_of_it(
    operator: Operator, crowd: Crowd, product: Stack
) -> None:
    registration = await crowd.link()
    address = address_of(registration)
    said = await operator.types("find", address.upper())
    assert str(registration) in said.out
    assert "n'a pas de compte" in said.out
    asked = await operator.types("find", "--json", answer=f"{address}\n")
    assert str(registration) in asked.out
    told = said.out + said.err
    logs = "".join(path.read_text(errors="replace") for path in product.config.logs.glob("*.log"))
    assert address.lower() not in told.lower()
    assert address.lower() not in logs.lower()


async def test_find_an_account_and_nobody(operator: Operator, crowd: Crowd) -> None:
    registration = await crowd.registered()
    assert "a un compte" in (await operator.types("find", address_of(registration))).out
    nobody = await operator.types("find", "personne@inconnue.example")
    assert nobody.code == 1
    assert (await operator.types("find", "pas une adresse")).code == 2


async def test_stats_count_what_lists_hold(operator: Operator) -> None:
    found = (await operator.types("stats", "--json")).json
    assert sum(found["steps"].values()) == found["open"]
    listed = (await operator.types("list", "--json", *ENOUGH)).json["registrations"]
    assert Counter(one["step"] for one in listed) == {k: v for k, v in found["steps"].items() if v}
    assert found["waiting_on"]["operator"]["count"] == found["steps"]["review"]
    oldest = min(one["since"] for one in listed if one["waiting_on"] == "operator")
    assert found["waiting_on"]["operator"]["oldest"] == oldest
    assert {one["name"]: one["pollers"] for one in found["queues"]} == {
        "registration": 1, "registration-sirene": 1, "registration-mail": 1,
    }  # fmt: skip
    assert {"confirmation", "operators_review", "welcome"} <= {one["kind"] for one in found["mails"]}
    assert found["outcomes"]["registered"] == found["accounts"]["ever"]
    assert found["attachments_to_confirm"]["count"] >= 1
    said = (await operator.types("stats")).out
    for words in ("inscriptions en cours", "Entonnoir", "un opérateur", "registration-mail", "compte créé"):
        assert words in said


async def test_views(operator: Operator, product: Stack) -> None:
    said = await operator.types("vues", "--json")
    ui = product.addresses["temporal_ui"]
    assert said.json == {
        view.name: queries.link(str(ui), product.engine.namespace, view) for view in queries.VIEWS
    }
    printed = (await operator.types("vues")).out
    assert [address for address in said.json.values() if address not in printed] == []


async def test_every_view_is_a_query_the_server_understands(operator: Operator) -> None:
    for view in queries.VIEWS:
        said = await operator.types("list", "--json", "--query", view.query)
        assert said.code == 0, view.name


async def test_without_a_worker_lists_stand_and_acts_say_so(operator: Operator, product: Stack) -> None:
    registration: UUID = await operator.one("--step", "themes", "--query", 'ExecutionStatus = "Running"')
    pid = product.supervisor.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    try:
        shown = await operator.types("show", registration)
        acted = await operator.types("extend", registration, "--reason", "essai sans worker")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert "La carte n'est pas lisible" in shown.out
    assert "Thématiques" in shown.out
    assert acted.code == 1
    assert "sans réponse" in acted.out
