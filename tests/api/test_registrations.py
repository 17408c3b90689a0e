"""Starting a registration and speaking to it."""

from typing import Any
from uuid import uuid4

import pytest

from domain.messages import PERSON_MESSAGES, GoBack, Step
from domain.problems import problem
from domain.view import Outcome, View
from starter.registrations import Ended, Refused, Unavailable, UnknownRegistration
from tests.api.conftest import IDENTITY, Logs, World

BODIES: dict[str, dict[str, Any]] = {
    "identify": IDENTITY,
    "choose_themes": {"themes": ["invoices"]},
    "claim_establishment": {"kind": "member", "siret": "73282932000074"},
    "give_member_number": {"number": "123456 001"},
    "give_idcc": {"idcc": "1486"},
    "no_member_number": {},
    "go_back": {"leaving": "establishment"},
    "correct_email": {"email": "camille.martin@entreprise.example"},
    "resend_link": {},
    "abandon": {},
    "disown": {},
}


async def test_start_answers_id_token_and_view(world: World, v1: str) -> None:
    answer = await world.client.post(f"{v1}/registrations", json=IDENTITY)
    assert answer.status_code == 201
    started = answer.json()
    assert set(started) == {"id", "resume_token", "view"}
    assert started["view"] == {
        "step": "themes",
        "busy": False,
        "outcome": None,
        "errors": [],
        "answers": {**IDENTITY, "themes": None, "kind": None, "siret": None, "idcc": None},
        "establishment": None,
        "resend_allowed_at": None,
        "email_first": False,
        "only_behind": None,
    }
    assert answer.headers["location"] == f"{v1}/registrations/{started['id']}"
    assert world.limits.taken == [("starts", "192.0.2.7", ((20, 60), (60, 3600)), None)]
    seen = await world.client.get(
        answer.headers["location"], headers={"Authorization": f"Bearer {started['resume_token']}"}
    )
    assert seen.status_code == 200
    assert seen.json() == started["view"]


@pytest.mark.parametrize("message", [one.NAME for one in PERSON_MESSAGES])
async def test_every_message_of_a_person_has_its_route(world: World, v1: str, message: str) -> None:
    registration = world.running()
    answer = await world.client.post(
        f"{v1}/registrations/{registration}/{message}",
        json={**BODIES[message], "submission": "s-1"},
        headers=world.bearer(registration),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == world.registrations.views[registration].model_dump(mode="json")
    [(to, sent)] = world.registrations.sent
    assert (to, sent.NAME, sent.submission, sent.received_at) == (registration, message, "s-1", None)


@pytest.mark.parametrize("message", ["no_member_number", "resend_link", "abandon", "disown", "choose_themes"])
async def test_a_message_without_content_needs_no_body(world: World, v1: str, message: str) -> None:
    registration = world.running()
    answer = await world.client.post(
        f"{v1}/registrations/{registration}/{message}", headers=world.bearer(registration)
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "message", ["open_link", "choose_password", "report_bounce", "operator_approve", "operator_cancel", "x"]
)
async def test_nobody_else_s_message_has_a_route(world: World, v1: str, message: str) -> None:
    registration = world.running()
    answer = await world.client.post(
        f"{v1}/registrations/{registration}/{message}",
        json={"link": 1, "by": "x", "reason": "because"},
        headers=world.bearer(registration),
    )
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert not world.registrations.sent


async def test_without_the_right_token_every_door_is_the_same(world: World, v1: str) -> None:
    registration, other = world.running(), world.running()
    resume = world.mint.make("resume", registration)
    attempts = [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Basic {resume}"},
        {"Authorization": f"Bearer {world.mint.make('form', registration)}"},
        {"Authorization": f"Bearer {world.mint.make('link', registration, 1, 'a@b.example')}"},
        {"Authorization": f"Bearer {resume[:-1]}{'A' if resume[-1] != 'A' else 'B'}"},
        world.bearer(other),
    ]
    answers = [
        await world.client.get(f"{v1}/registrations/{registration}", headers=headers) for headers in attempts
    ]
    answers.append(await world.client.get(f"{v1}/registrations/{uuid4()}", headers=world.bearer(other)))
    answers.append(await world.client.get(f"{v1}/registrations/not-an-id", headers=world.bearer(other)))
    answers.append(await world.client.post(f"{v1}/registrations/{registration}/abandon"))
    answers.append(await world.client.post(f"{v1}/registrations/{registration}/go_back", json={"x": 1}))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "unauthorized"
    assert not world.registrations.sent


async def test_a_right_token_for_a_deleted_registration_finds_nothing(world: World, v1: str) -> None:
    gone = uuid4()
    answer = await world.client.get(f"{v1}/registrations/{gone}", headers=world.bearer(gone))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_ended_registration_answers_with_its_outcome(world: World, v1: str) -> None:
    registration = world.running()
    world.registrations.end(registration, Outcome.EXPIRED)
    answer = await world.client.get(f"{v1}/registrations/{registration}", headers=world.bearer(registration))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "expired")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused((problem("email_malformed", "email"),)), 422, "email_malformed"),
        (Refused((problem("resend_too_soon"),)), 422, "resend_too_soon"),
        (Refused((problem("stale"),), View(step=Step.IDCC)), 409, "stale"),
        (Refused((problem("late"),)), 410, "late"),
        (Ended(Outcome.ABANDONED), 410, "ended"),
        (Ended(None), 410, "ended"),
        (UnknownRegistration(), 404, "not_found"),
        (Unavailable("engine words"), 503, "unavailable"),
    ],
)
async def test_each_refusal_has_its_status_and_code(
    world: World, v1: str, error: Exception, status: int, code: str
) -> None:
    registration = world.running()
    world.registrations.error = error
    answer = await world.client.post(
        f"{v1}/registrations/{registration}/go_back",
        json={"leaving": "idcc"},
        headers=world.bearer(registration),
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:mon-espace:problem:{code}"
    assert document["title"]
    assert document["detail"]
    assert "engine" not in answer.text
    if isinstance(error, Refused):
        assert document["errors"] == [one.model_dump(mode="json") for one in error.problems]
        assert document.get("view") == (error.view.model_dump(mode="json") if error.view else None)
    if isinstance(error, Ended):
        assert document.get("outcome") == (error.outcome.value if error.outcome else None)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_full_limit_says_when_to_come_back(world: World, v1: str) -> None:
    world.limits.full = {"starts", "siret_lookups"}
    registration = world.running()
    headers = world.bearer(registration)
    at = f"{v1}/registrations/{registration}"
    answers = {
        "start": await world.client.post(f"{v1}/registrations", json=IDENTITY),
        "identify": await world.client.post(f"{at}/identify", json=IDENTITY, headers=headers),
        "correct": await world.client.post(
            f"{at}/correct_email", json=BODIES["correct_email"], headers=headers
        ),
        "claim": await world.client.post(
            f"{at}/claim_establishment", json=BODIES["claim_establishment"], headers=headers
        ),
    }
    assert {name: (one.status_code, one.json()["code"]) for name, one in answers.items()} == {
        "start": (429, "too_many_starts"),
        "identify": (429, "too_many_starts"),
        "correct": (429, "too_many_starts"),
        "claim": (429, "too_many_lookups"),
    }
    assert all(40 <= int(one.headers["retry-after"]) <= 43 for one in answers.values())
    assert not world.registrations.starts
    assert not world.registrations.sent


async def test_a_limit_that_cannot_count_lets_nothing_pass(world: World, v1: str) -> None:
    world.limits.broken = True
    answer = await world.client.post(f"{v1}/registrations", json=IDENTITY)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not world.registrations.starts


async def test_a_submission_sent_again_is_counted_as_one(world: World, v1: str) -> None:
    registration = world.running()
    for _ in range(2):
        await world.client.post(
            f"{v1}/registrations/{registration}/correct_email",
            json={**BODIES["correct_email"], "submission": "once"},
            headers=world.bearer(registration),
        )
    assert {once for _, _, _, once in world.limits.taken} == {f"{registration}:correct_email:once"}


async def test_what_was_sent_is_never_repeated(world: World, v1: str) -> None:
    secret = "Zoé-Secrète"
    answers = [
        await world.client.post(f"{v1}/registrations", json={**IDENTITY, "civility": secret}),
        await world.client.post(f"{v1}/registrations", json={**IDENTITY, secret: "x"}),
        await world.client.post(f"{v1}/registrations", json={"last_name": {"a": secret}}),
        await world.client.post(f"{v1}/registrations", json={**IDENTITY, "last_name": secret * 40}),
        await world.client.post(f"{v1}/registrations", json=[secret]),
        await world.client.post(
            f"{v1}/registrations", content=f'{{"x": "{secret}', headers={"content-type": "application/json"}
        ),
        await world.client.post(
            f"{v1}/registrations", content=secret, headers={"content-type": "text/plain"}
        ),
        await world.client.post(f"{v1}/links/password", json={"token": 1, "password": [secret]}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert secret not in answer.text
        assert "Zo" not in answer.text
    assert answers[0].json()["errors"] == [
        {"code": "malformed", "field": "civility", "detail": "Cette valeur n'est pas permise."}
    ]
    assert answers[1].json()["errors"][0]["field"] == "?"


@pytest.mark.parametrize(
    "body",
    [
        '{"leaving": "idcc", "leaving": "themes"}',
        '{"leaving": "idcc", "received_at": "2020-01-01T00:00:00Z"}',
        '{"leaving": "idcc", "extra": 1}',
        '{"leaving": NaN}',
        "[" * 10_000,
        '{"leaving": "idcc", "submission": "a b"}',
        b'\xff{"leaving": "idcc"}',
        "",
    ],
)
async def test_a_body_is_read_strictly(world: World, v1: str, body: str | bytes) -> None:
    registration = world.running()
    answer = await world.client.post(
        f"{v1}/registrations/{registration}/{GoBack.NAME}",
        content=body,
        headers={**world.bearer(registration), "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert not world.registrations.sent


async def test_a_bug_is_logged_and_not_told(world: World, v1: str, logs: Logs) -> None:
    world.registrations.error = RuntimeError("secret words of the engine")
    answer = await world.client.post(f"{v1}/registrations", json=IDENTITY)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]
    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("request failed", "error"),
        ("request", "info"),
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v2/registrations", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("DELETE", "/api/v1/registrations", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    answer = await world.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
