"""A registration at each step, and at each moment in between."""

from collections.abc import Callable
from typing import Any

from domain.effects import AccountOrder, ContactQuestion, EstablishmentQuestion, NumberQuestion
from domain.journey import AskInsee
from domain.messages import (
    ChoosePassword,
    ClaimEstablishment,
    GiveMemberNumber,
    Kind,
    Message,
    NoMemberNumber,
    OpenLink,
    Theme,
)
from tests.domain.driver import Registration, identify
from tests.domain.world import ACTIVE, CONTACT, DAY, MEMBER, NOT_PUBLIC, NUMBER


def at_identity() -> Registration:
    """Nothing said yet."""
    registration = Registration()
    registration.work()
    return registration


def at_themes() -> Registration:
    """An unknown person's second form."""
    registration = at_identity()
    registration.identify()
    return registration


def at_establishment() -> Registration:
    """The third form."""
    registration = at_themes()
    registration.themes(Theme.CASES, Theme.PAYMENTS)
    return registration


def at_claim(siret: str, kind: Kind = Kind.MEMBER) -> Registration:
    """After an establishment was given."""
    registration = at_establishment()
    registration.claim(siret, kind)
    return registration


def at_number() -> Registration:
    """AKTO recognises the establishment."""
    return at_claim(MEMBER)


def at_no_number() -> Registration:
    """« Je n'ai pas ce numéro »."""
    registration = at_number()
    registration.send(NoMemberNumber())
    return registration


def at_wrong_number() -> Registration:
    """A first number that is not the member's."""
    registration = at_number()
    registration.number("9999 1")
    return registration


def at_idcc() -> Registration:
    """Only INSEE knows the establishment."""
    return at_claim(ACTIVE)


def at_review() -> Registration:
    """INSEE does not publish the establishment."""
    return at_claim(NOT_PUBLIC)


def at_link() -> Registration:
    """The form is complete, by a number."""
    registration = at_number()
    registration.number()
    return registration


def at_link_by_idcc() -> Registration:
    """The form is complete, by an IDCC."""
    registration = at_idcc()
    registration.idcc()
    return registration


def at_link_known() -> Registration:
    """A contact of AKTO's."""
    registration = at_identity()
    registration.identify(CONTACT)
    return registration


def at_link_refused() -> Registration:
    """The relay refuses the address for good."""
    registration = at_number()
    registration.world.relay = "refused"
    registration.number()
    return registration


def at_link_approved() -> Registration:
    """An operator has accepted."""
    registration = at_review()
    registration.approve()
    return registration


def at_password() -> Registration:
    """The link was opened."""
    registration = at_link()
    registration.send(OpenLink(link=1))
    return registration


def at_insee_down() -> Registration:
    """INSEE does not answer."""
    registration = at_establishment()
    registration.world.insee_down = True
    registration.claim(ACTIVE)
    return registration


def at_work(reach: Callable[[], Registration], kind: type[Any], message: Message) -> Registration:
    """The moment in which that kind of work is under way."""
    registration = reach()
    registration.world.unanswered = (kind,)
    registration.send(message)
    return registration


def at_contact_work() -> Registration:
    """The contact is being looked up."""
    return at_work(at_identity, ContactQuestion, identify())


def at_establishment_work() -> Registration:
    """AKTO's establishments are being searched."""
    return at_work(
        at_establishment, EstablishmentQuestion, ClaimEstablishment(kind=Kind.MEMBER, siret=MEMBER)
    )


def at_insee_work() -> Registration:
    """INSEE is being asked, quickly."""
    return at_work(at_establishment, AskInsee, ClaimEstablishment(kind=Kind.MEMBER, siret=ACTIVE))


def at_number_work() -> Registration:
    """The number is being checked."""
    return at_work(at_number, NumberQuestion, GiveMemberNumber(number=NUMBER))


def at_account_work() -> Registration:
    """The account is being made."""
    return at_work(at_link, AccountOrder, ChoosePassword(link=1))


def at_registered() -> Registration:
    """The account is made."""
    registration = at_link()
    registration.password()
    return registration


def at_expired() -> Registration:
    """The deadline has passed."""
    registration = at_link()
    registration.wait(8 * DAY)
    return registration


PEOPLE: dict[str, Callable[[], Registration]] = {
    "identity": at_identity,
    "themes": at_themes,
    "establishment": at_establishment,
    "number": at_number,
    "no number": at_no_number,
    "idcc": at_idcc,
    "link": at_link,
    "password": at_password,
    "review": at_review,
}
WORKING: dict[str, Callable[[], Registration]] = {
    "contact?": at_contact_work,
    "establishment?": at_establishment_work,
    "insee?": at_insee_work,
    "insee down": at_insee_down,
    "number?": at_number_work,
    "account?": at_account_work,
}
OVER: dict[str, Callable[[], Registration]] = {"registered": at_registered, "expired": at_expired}
STATES = {**PEOPLE, **WORKING, **OVER}
