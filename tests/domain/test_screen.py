"""What a frontend is shown at each point; an account that is already there never shows."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.effects import InseeAnswer
from domain.journey import SendMail
from domain.messages import (
    CorrectEmail,
    Disown,
    Message,
    OpenLink,
    OperatorExtend,
    ReportBounce,
    ResendLink,
    Step,
)
from domain.problems import Refused
from domain.screen import public
from domain.view import Answers, Establishment, Outcome, View
from tests.domain.driver import Registration, identify
from tests.domain.states import (
    OVER,
    PEOPLE,
    STATES,
    WORKING,
    at_establishment,
    at_idcc,
    at_identity,
    at_insee_down,
    at_insee_work,
    at_link,
    at_link_known,
    at_registered,
)
from tests.domain.world import ACCOUNT, ACTIVE, CONTACT, DAY, HOUR, MEMBER, MINUTE, NOBODY, SECOND, START

SCREENS = {
    "identity": (Step.IDENTITY, False, []),
    "themes": (Step.THEMES, False, []),
    "establishment": (Step.ESTABLISHMENT, False, []),
    "number": (Step.MEMBER_NUMBER, False, []),
    "no number": (Step.MEMBER_NUMBER, False, ["contact_akto"]),
    "idcc": (Step.IDCC, False, []),
    "link": (Step.EMAIL_LINK, False, []),
    "password": (Step.PASSWORD, False, []),
    "review": (Step.REVIEW, False, []),
    "contact?": (Step.IDENTITY, True, []),
    "establishment?": (Step.ESTABLISHMENT, True, []),
    "insee?": (Step.ESTABLISHMENT, True, ["insee_checking"]),
    "insee down": (Step.ESTABLISHMENT, True, ["insee_unavailable"]),
    "number?": (Step.MEMBER_NUMBER, True, []),
    "account?": (Step.PASSWORD, True, []),
    "registered": (Step.DONE, False, []),
    "expired": (Step.DONE, False, []),
}


@pytest.mark.parametrize("name", STATES)
def test_screen_of_each_state(name: str) -> None:
    view = STATES[name]().view
    assert (view.step, view.busy, [one.code for one in view.errors]) == SCREENS[name]
    assert (view.outcome is not None) == (name in OVER)
    assert (view.resend_allowed_at is not None) == (view.step is Step.EMAIL_LINK)
    assert (view.establishment is not None) == (view.step is Step.IDCC)


def test_all_states_are_shown() -> None:
    assert set(SCREENS) == {*PEOPLE, *WORKING, *OVER}


def test_first_screen_knows_nothing() -> None:
    assert at_identity().view == View(step=Step.IDENTITY)


def test_answers_are_what_was_typed() -> None:
    registration = at_idcc()
    registration.idcc("573")
    assert registration.view.answers == Answers(
        civility="madame",
        last_name="MARTIN",
        first_name="Camille",
        email=NOBODY,
        themes=("cases", "payments"),
        kind="member",
        siret=ACTIVE,
        idcc="0573",
    )


def test_establishment_is_what_insee_publishes_and_nothing_of_a_member() -> None:
    establishment = at_idcc().view.establishment
    assert establishment is not None
    assert (establishment.siret, establishment.name, establishment.commune) == (
        ACTIVE,
        "HOTEL DES TILLEULS",
        "TOURS",
    )
    for reach in (at_insee_work, at_insee_down, at_link):
        assert reach().view.establishment is None


def test_member_number_is_never_shown_again() -> None:
    assert "123456" not in at_link().view.model_dump_json()


def test_resend_is_offered_a_minute_after_the_last_step() -> None:
    registration = at_link()
    assert registration.view.resend_allowed_at == START + MINUTE
    registration.wait(90 * SECOND)
    registration.send(ResendLink())
    assert registration.view.resend_allowed_at == START + 90 * SECOND + MINUTE


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (None, None),
        (Outcome.REGISTERED, Outcome.REGISTERED),
        (Outcome.EXPIRED, Outcome.EXPIRED),
        (Outcome.ABANDONED, Outcome.ABANDONED),
        (Outcome.REFUSED, Outcome.REFUSED),
        (Outcome.ALREADY_REGISTERED, Outcome.EXPIRED),
        (Outcome.SUPERSEDED, Outcome.EXPIRED),
    ],
)
def test_outcomes_that_name_an_account_are_masked(outcome: Outcome | None, shown: Outcome | None) -> None:
    assert public(outcome) is shown


def test_masked_wherever_an_end_is_shown() -> None:
    registration = at_link()
    registration.world.account = "already_registered"
    assert registration.password().outcome is Outcome.EXPIRED
    disowned = at_link()
    disowned.world.unanswered = (object,)
    view = disowned.send(Disown())
    assert (view.step, view.busy, view.outcome) == (Step.DONE, False, Outcome.ABANDONED)


def test_end_is_shown_before_the_last_mail_has_left() -> None:
    registration = at_link()
    registration.world.relay = "down"
    assert registration.password().outcome is Outcome.REGISTERED
    assert isinstance(registration.asked[-1], SendMail)


# ---- an account that is already there -----------------------------------------------------------------

Act = Callable[[Registration], object]


def send(message: Message) -> Act:
    def act(registration: Registration) -> str:
        try:
            registration.send(message)
        except Refused as refusal:
            return str(refusal)
        return "taken"

    return act


def wait(duration: timedelta) -> Act:
    return lambda registration: registration.wait(duration)


def relay(status: str, minutes: int = 0) -> Act:
    def act(registration: Registration) -> None:
        registration.world.relay = status  # type: ignore[assignment]
        registration.world.retry_at = registration.now + minutes * MINUTE if minutes else None

    return act


def identified(address: str) -> Act:
    return send(identify(address))


WAYS: dict[str, list[Act]] = {
    "left alone": [wait(HOUR), *[wait(6 * HOUR)] * 30],
    "sent again until it may no more": [wait(MINUTE), send(ResendLink())] * 7,
    "sent again too soon": [send(ResendLink()), wait(59 * SECOND), send(ResendLink())],
    "sent again just after a reminder": [wait(24 * HOUR + SECOND), send(ResendLink()), send(ResendLink())],
    "at its limit": [relay("suppressed", 40), wait(MINUTE), send(ResendLink()), wait(DAY), relay("sent")],
    "at its limit, then recalled": [
        relay("suppressed", 40), wait(MINUTE), send(ResendLink()), relay("sent"), wait(4 * DAY),
    ],
    "refused, then recalled": [
        relay("refused"), wait(MINUTE), send(ResendLink()), relay("sent"), wait(4 * DAY),
    ],
    "bounced, then recalled": [send(ReportBounce()), wait(4 * DAY)],
    "relay down": [relay("down"), wait(MINUTE), send(ResendLink()), wait(3 * HOUR)],
    "corrected to itself": [wait(MINUTE), send(CorrectEmail(email="{address}"))],
    "corrected to a stranger's": [send(CorrectEmail(email=NOBODY))],
    "other messages": [
        send(message)
        for message in (OpenLink(link=7), OperatorExtend(by="Sam", reason="absence", days=3))
    ],
    "disowned": [send(Disown())],
    "extended": [send(OperatorExtend(by="Sam", reason="absence", days=30)), *[wait(3 * DAY)] * 13],
}  # fmt: skip


def masked(registration: Registration, address: str) -> str:
    return registration.view.model_dump_json().replace(address, "{address}")


def addressed(act: Act, address: str) -> Act:
    """The same act with the registration's own address where it is named."""

    def with_address(registration: Registration) -> object:
        return act(registration)

    return with_address if act is not CORRECTED_TO_ITSELF else send(CorrectEmail(email=address))


CORRECTED_TO_ITSELF = WAYS["corrected to itself"][1]


@pytest.mark.parametrize("way", WAYS)
def test_account_looks_like_a_known_contact_at_each_point_until_its_end(way: str) -> None:
    known, account = at_identity(), at_identity()
    ended = False
    for act in [None, *WAYS[way]]:
        pair = []
        for registration, address in ((known, CONTACT), (account, ACCOUNT)):
            said = addressed(act or identified(address), address)(registration)
            pair.append((said, masked(registration, address), registration.deadline))
        assert pair[0] == pair[1]
        ended = known.view.outcome is not None
    if way in ("left alone", "extended"):
        assert ended
        assert (known.facts.closing, account.facts.closing) == (
            Outcome.EXPIRED,
            Outcome.ALREADY_REGISTERED,
        )
    assert set(account.mails) <= {"already_account"} or way == "corrected to a stranger's"


def test_even_while_work_is_under_way() -> None:
    known, account = at_link_known(), at_identity()
    account.identify(ACCOUNT)
    for registration in (known, account):
        registration.world.account = "unproved"
        registration.password()
    assert masked(known, CONTACT) == masked(account, ACCOUNT)


def test_what_is_registered_is_shown_as_such() -> None:
    view = at_registered().view
    assert (view.step, view.outcome, view.answers.siret) == (Step.DONE, Outcome.REGISTERED, MEMBER)


def test_what_insee_publishes_comes_with_the_agreements_to_suggest() -> None:
    registration = at_establishment()
    answer = InseeAnswer(
        about=ACTIVE, status="active", name="HOTEL DES TILLEULS", commune="TOURS", agreements=("1979", "1501")
    )
    registration.world.insee[ACTIVE] = answer
    shown = registration.claim(ACTIVE).establishment
    assert shown == Establishment(
        siret=ACTIVE, name="HOTEL DES TILLEULS", commune="TOURS", suggested_idccs=("1979", "1501")
    )
