"""The five stories of the demonstration, each with the ending it must have.

Who and what appears in them comes from the demo data (`docs/demo.json`); the expectations are written out
here all the same, so that a mistake in the data is noticed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from devstack.demo_person import Person, Played


@dataclass(frozen=True)
class Story:
    """What somebody does, and what must come of it."""

    title: str
    email: str
    plot: Callable[[Person], Awaitable[None]]
    expected: Played


async def _known_contact(person: Person) -> None:
    await person.start()
    await _finish(person)


async def _member_number(person: Person) -> None:
    await _claim(person, "00000002600013")
    await person.send("give_member_number", number="123457 001")
    await _finish(person)


async def _idcc(person: Person) -> None:
    await _claim(person, "00000010900017")
    await person.send("give_idcc", idcc="1979")
    await _finish(person)


async def _closed_siret(person: Person) -> None:
    await _claim(person, "00000018200014")
    await person.send("claim_establishment", kind="member", siret="00000018200022")
    await person.send("give_idcc", idcc="1979")
    await _finish(person)


async def _never_clicks(person: Person) -> None:
    await _claim(person, "00000004200010")
    await person.send("give_member_number", number="123459 001")
    await person.mailed(1)
    await person.let_pass(timedelta(days=7, minutes=5))
    await person.look_back()
    await person.mailed(4)
    await person.open_link()


async def _claim(person: Person, siret: str) -> None:
    """Somebody unknown, up to the answer to their establishment."""
    await person.start()
    await person.send("choose_themes", themes=["cases", "payments"])
    await person.send("claim_establishment", kind="member", siret=siret)


async def _finish(person: Person) -> None:
    """From the thank-you page to the account."""
    await person.open_link()
    await person.choose_password()
    await person.look_back()
    await person.mailed(2)


_MAILS = ["confirmation", "welcome"]
_UNKNOWN = ["themes", "establishment"]
_END = ["email_link", "password", "done"]

STORIES: tuple[Story, ...] = (
    Story(
        "a known contact with three establishments",
        "claire.dupont@masociete.example",
        _known_contact,
        Played(
            _END,
            "registered",
            _MAILS,
            [f"{siret} contact_email" for siret in ("00000001800010", "00000001800028", "00000001800036")],
        ),
    ),
    Story(
        "an unknown person with a member number",
        "lea.moreau@proprete-loire.example",
        _member_number,
        Played([*_UNKNOWN, "member_number", *_END], "registered", _MAILS, ["00000002600013 member_number"]),
    ),
    Story(
        "an unknown person whose company only INSEE knows",
        "hugo.petit@hotel-tilleuls.example",
        _idcc,
        Played(
            [*_UNKNOWN, "idcc", *_END],
            "registered",
            _MAILS,
            ["00000010900017 idcc_declared 1979 « à confirmer »"],
        ),
    ),
    Story(
        "a closed SIRET corrected to an open one",
        "ines.garnier@cafe-gare.example",
        _closed_siret,
        Played(
            [*_UNKNOWN, "establishment (siret_closed)", "idcc", *_END],
            "registered",
            _MAILS,
            ["00000018200022 idcc_declared 1979 « à confirmer »"],
        ),
    ),
    Story(
        "a person who never clicks, until expiry",
        "marc.lefevre@negoce-atlantique.example",
        _never_clicks,
        Played(
            [*_UNKNOWN, "member_number", "email_link", "link refused (registration_ended)"],
            "expired",
            ["confirmation", "reminder_link +24 h", "reminder_link +72 h", "expired +168 h"],
            [],
        ),
    ),
)
