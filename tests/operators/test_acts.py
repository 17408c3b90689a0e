"""Acting on one registration and on many: dry run, for real, written down, refused."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from devstack.populate import Crowd
from tests.operators.conftest import Operator

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

WHY = ("--reason", "demandé par téléphone")
AUDIT = "SELECT action, actor, reason, outcome FROM audit WHERE registration_id = $1 ORDER BY id"


async def _audit(crowd: Crowd, registration: UUID) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await crowd.pool.fetch(AUDIT, registration)]


async def _journal(operator: Operator, registration: UUID) -> list[tuple[str, str, str]]:
    shown = (await operator.types("show", registration, "--json")).json
    return [(one["name"], one["by"], one["why"]) for one in shown["journal"]["entries"]]


@pytest.mark.parametrize(
    ("act", "state", "foreseen"),
    [
        (("resend",), Crowd.link, "nouveau lien"),
        (("extend", "--days", "3"), Crowd.themes, "échéance du"),
        (("retry",), Crowd.insee_down, "ask_insee"),
        (("approve",), Crowd.review_no_number, "demande acceptée"),
        (("refuse",), Crowd.review_not_public, "demande refusée"),
        (("cancel",), Crowd.number, "arrêtée"),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else None,
)
async def test_dry_run_then_for_real(
    operator: Operator, crowd: Crowd, act: tuple[str, ...], state: object, foreseen: str
) -> None:
    registration: UUID = await state(crowd)  # type: ignore[operator]
    name, *options = act
    command = (name, str(registration), *options, *WHY, "--by", "Sam")
    dry = await operator.types(*command, "--dry-run")
    assert dry.code == 0, dry.out
    assert dry.out.startswith("serait fait")
    assert foreseen in dry.out
    assert await _audit(crowd, registration) == []
    assert await _journal(operator, registration) == []

    done = await operator.types(*command, "--json")
    assert done.code == 0, done.out
    assert done.json["summary"] == {"fait": 1}
    expected = (f"operator_{name}", "Sam (déclaré)", WHY[1])
    assert await _audit(crowd, registration) == [(*expected, "fait")]
    assert await _journal(operator, registration) == [expected]


async def test_extending_moves_the_deadline_that_lists_show(operator: Operator, crowd: Crowd) -> None:
    registration = await crowd.themes()
    before = await _deadline(operator, registration)
    await operator.types("extend", registration, "--days", "4", *WHY)
    assert await _deadline(operator, registration) == before + timedelta(days=4)


async def _deadline(operator: Operator, registration: UUID) -> datetime:
    return datetime.fromisoformat((await operator.types("show", registration, "--json")).json["deadline"])


@pytest.mark.parametrize(
    ("act", "state", "words"),
    [
        ("resend", Crowd.themes, "Aucun message n'est attendu"),
        ("extend", Crowd.review_no_number, "Aucune échéance ne court"),
        ("retry", Crowd.themes, "Rien n'est en cours de nouvel essai"),
        ("approve", Crowd.themes, "n'est pas en examen"),
        ("refuse", Crowd.link, "n'est pas en examen"),
        ("cancel", Crowd.abandoned, "est terminée"),
    ],
)
async def test_what_does_not_apply_is_refused_by_both(
    operator: Operator, crowd: Crowd, act: str, state: object, words: str
) -> None:
    registration: UUID = await state(crowd)  # type: ignore[operator]
    for options in (("--dry-run",), ()):
        said = await operator.types(act, registration, *WHY, *options)
        assert said.code == 1
        assert words in said.out
    [written] = await _audit(crowd, registration)
    assert written[-1] in {"refusé", "terminée"}


async def test_a_paused_registration_says_so(operator: Operator, crowd: Crowd) -> None:
    registration = await crowd.paused()
    for options in (("--dry-run",), ()):
        said = await operator.types("cancel", registration, *WHY, *options)
        assert said.code == 1
        assert "suspendue" in said.out


async def test_an_unknown_registration(operator: Operator) -> None:
    for options in (("--dry-run",), ()):
        said = await operator.types("cancel", uuid4(), *WHY, *options)
        assert said.code == 1
        assert "inconnue" in said.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("resend", "00000000-0000-4000-8000-000000000000"),
        ("resend", *WHY),
        ("resend", "00000000-0000-4000-8000-000000000000", "--query", "x", *WHY),
        ("resend", "00000000-0000-4000-8000-000000000000", "--reason", "x"),
        ("extend", "00000000-0000-4000-8000-000000000000", "--days", "91", *WHY),
        ("approve", "--query", "x", *WHY),
    ],
    ids=["no reason", "nobody", "both", "reason too short", "too many days", "approve takes no query"],
)
async def test_mistakes_at_the_keyboard(operator: Operator, arguments: tuple[str, ...]) -> None:
    assert (await operator.types(*arguments)).code == 2


async def test_many_at_once(operator: Operator, crowd: Crowd) -> None:
    everybody = [await crowd.themes() for _ in range(4)]
    ids = ", ".join(f'"registration-{one}"' for one in everybody)
    query = f"WorkflowId IN ({ids})"
    command = ("extend", "--query", query, "--days", "2", "--per-second", "50", "--lot", "essai", *WHY)
    before = [await _deadline(operator, one) for one in everybody]

    dry = (await operator.types(*command, "--dry-run", "--json")).json
    assert dry["summary"] == {"serait fait": 4}
    declined = await operator.types(*command, answer="n\n")
    assert declined.code == 1
    assert "Agir sur 4 inscriptions" in declined.err
    assert [await _deadline(operator, one) for one in everybody] == before

    done = await operator.types(*command, "--yes")
    assert "4 traitées" in done.out
    assert "4/4" in done.err
    later = [at + timedelta(days=2) for at in before]
    assert [await _deadline(operator, one) for one in everybody] == later
    # An interrupted batch is simply run again.
    again = (await operator.types(*command, "--yes", "--json")).json
    assert again["summary"] == {"fait": 4}
    assert [await _deadline(operator, one) for one in everybody] == later


@pytest.mark.parametrize("act", ["resend", "retry", "cancel"])
async def test_the_other_acts_on_many(operator: Operator, crowd: Crowd, act: str) -> None:
    states = {"resend": Crowd.link, "retry": Crowd.insee_down, "cancel": Crowd.themes}
    fitting = [await states[act](crowd), await states[act](crowd)]
    other = await crowd.abandoned()
    ids = ", ".join(f'"registration-{one}"' for one in [*fitting, other])
    said = await operator.types(act, "--query", f"WorkflowId IN ({ids})", *WHY, "--yes", "--json")
    assert {UUID(one["registration"]) for one in said.json["results"]} == set(fitting)
    assert said.json["summary"] == {"fait": 2}


async def test_a_query_that_names_nobody_or_nothing(operator: Operator) -> None:
    nobody = await operator.types("cancel", "--query", 'WorkflowId = "x"', *WHY, "--yes")
    assert nobody.code == 0
    assert "0 traitées" in nobody.out
