"""At an end only the mail that tells of it leaves: what a silent relay held back is not sent afterwards."""

from collections.abc import Callable

import pytest

from domain.effects import MailKind
from domain.messages import ChoosePassword, ResendLink
from tests.domain.driver import Registration
from tests.domain.states import at_link, at_review
from tests.domain.world import ACCOUNT, DAY, HOUR, NOT_PUBLIC


def _one_more_mail_waits(registration: Registration) -> None:
    registration.now += HOUR
    registration.world.relay = "down"
    registration.send(ResendLink())
    assert [mail.link for mail in registration.facts.outgoing] == [2]


def refused_for_good() -> tuple[Registration, list[str]]:
    registration = at_review()
    registration.refuse()
    registration.world.relay = "down"
    registration.claim(NOT_PUBLIC)
    waiting = [mail.kind for mail in registration.facts.outgoing]
    assert waiting == [MailKind.IN_REVIEW, MailKind.OPERATORS_REVIEW]
    registration.refuse("Toujours pas.")
    return registration, ["refused"]


def superseded() -> tuple[Registration, list[str]]:
    registration = at_link()
    _one_more_mail_waits(registration)
    registration.world.account = "already_registered"
    registration.send(ChoosePassword(link=1))
    return registration, []


def registered() -> tuple[Registration, list[str]]:
    registration = at_link()
    _one_more_mail_waits(registration)
    registration.send(ChoosePassword(link=1))
    return registration, ["welcome"]


def expired_with_an_account() -> tuple[Registration, list[str]]:
    registration = Registration()
    registration.identify(ACCOUNT)
    _one_more_mail_waits(registration)
    registration.wait(60 * DAY)
    return registration, []


@pytest.mark.parametrize("end", [superseded, registered, expired_with_an_account, refused_for_good])
def test_nothing_that_was_held_back_leaves_after_an_end(
    end: Callable[[], tuple[Registration, list[str]]],
) -> None:
    registration, last = end()
    before = registration.mails
    registration.world.relay = "sent"
    registration.work()
    assert registration.view.outcome is not None
    assert registration.mails[len(before) :] == last
