"""What people type: names, addresses, SIRET, numbers, IDCC; what is taken, what is refused, and how."""

import pytest

from domain.effects import Identity
from domain.messages import (
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    Kind,
)
from domain.people import Civility
from domain.problems import Refused
from tests.domain.driver import identify
from tests.domain.states import (
    at_establishment,
    at_idcc,
    at_identity,
    at_link,
    at_number,
)

NAMES = [
    ("", "missing"),
    (" \t\n\u00a0", "missing"),
    ("X" * 101, "too_long"),
    ("1234", "characters"),
    ("Martin2", "characters"),
    ("-", "characters"),
    ("www.exemple.example", "characters"),
    ("https://exemple", "characters"),
    ("Martin exemple.com/x", "characters"),
    ("<b>Martin</b>", "characters"),
    ("Martin@exemple", "characters"),
    ("Mar\u200btin", "characters"),
    ("Mar\u202etin", "characters"),
]
GOOD_NAMES = [
    ("O", "O"),
    ("  de  La   Tour ", "de La Tour"),
    ("D'Artagnan", "D'Artagnan"),
    ("N’Guyen", "N’Guyen"),
    ("Müller-Łukasz", "Müller-Łukasz"),
    ("E\u0301lodie", "\u00c9lodie"),
    ("Θεοδώρα", "Θεοδώρα"),
    ("王", "王"),
    ("St. Just", "St. Just"),
    ("X" * 100, "X" * 100),
]


@pytest.mark.parametrize("field", ["last_name", "first_name"])
@pytest.mark.parametrize(("typed", "wrong"), NAMES)
def test_names_that_are_refused(field: str, typed: str, wrong: str) -> None:
    assert at_identity().refusal(identify(**{field: typed})) == f"{field}_{wrong}"


@pytest.mark.parametrize("field", ["last_name", "first_name"])
@pytest.mark.parametrize(("typed", "kept"), GOOD_NAMES)
def test_names_that_are_taken(field: str, typed: str, kept: str) -> None:
    registration = at_identity()
    registration.identify(**{field: typed})
    assert getattr(registration.facts.identity, field) == kept


EMAILS = [
    ("", "missing"),
    ("  ", "missing"),
    ("\u200b", "missing"),
    ("camille", "malformed"),
    ("camille@", "malformed"),
    ("@exemple.example", "malformed"),
    ("camille@exemple", "malformed"),
    ("camille@@exemple.example", "malformed"),
    ("camille martin@exemple.example", "malformed"),
    ("cami\u200blle@exemple.example", "malformed"),
    ("camille@exemple..example", "malformed"),
    ("camillé@exemple.example", "malformed"),
    ("camille@exemple.example,autre@exemple.example", "malformed"),
    ("Camille <camille@exemple.example>", "malformed"),
    ("camille@exemple.example\r\nBcc: x@exemple.example", "malformed"),
    ("camille@" + "a" * 250 + ".example", "malformed"),
]
GOOD_EMAILS = [
    ("camille@exemple.example", "camille@exemple.example"),
    ("  camille@exemple.example\u00a0", "camille@exemple.example"),
    ("Camille.Martin+akto@Exemple.example", "Camille.Martin+akto@exemple.example"),
    ("o'neil_1@sous.domaine.exemple.example", "o'neil_1@sous.domaine.exemple.example"),
]


@pytest.mark.parametrize(("typed", "wrong"), EMAILS)
def test_addresses_that_are_refused(typed: str, wrong: str) -> None:
    assert at_identity().refusal(identify(typed)) == f"email_{wrong}"
    assert at_link().refusal(CorrectEmail(email=typed)) == f"email_{wrong}"


@pytest.mark.parametrize(("typed", "kept"), GOOD_EMAILS)
def test_addresses_that_are_taken(typed: str, kept: str) -> None:
    registration = at_identity()
    registration.identify(typed)
    assert registration.facts.identity == Identity(
        civility=Civility.MADAME, last_name="MARTIN", first_name="Camille", email=kept
    )


def test_all_mistakes_of_a_form_are_told_at_once_with_their_fields() -> None:
    with pytest.raises(Refused) as caught:
        at_identity().send(identify("x", last_name="", first_name="9"))
    told = [(one.code, one.field) for one in caught.value.problems]
    assert told == [
        ("last_name_missing", "last_name"),
        ("first_name_characters", "first_name"),
        ("email_malformed", "email"),
    ]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "siret_missing"),
        ("000000018", "siren_given"),
        ("1234", "siret_malformed"),
        ("00000001800011", "siret_checksum"),
    ],
)
def test_sirets_that_are_refused(typed: str, code: str) -> None:
    registration = at_establishment()
    assert registration.refusal(ClaimEstablishment(kind=Kind.MEMBER, siret=typed)) == code
    assert registration.facts.claims == 0


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "number_missing"),
        ("  \u00a0", "number_missing"),
        ("12'; --", "number_malformed"),
        ("-12", "number_malformed"),
        ("é12", "number_malformed"),
        ("1" * 41, "number_malformed"),
    ],
)
def test_numbers_that_are_refused_and_count_nothing(typed: str, code: str) -> None:
    registration = at_number()
    assert registration.refusal(GiveMemberNumber(number=typed)) == code
    assert registration.facts.wrong_numbers == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 123456  001 ", "123456 001"),
        ("123456\u00a0001", "123456 001"),
        ("１２３", "123"),
        ("ab-12/3.4", "ab-12/3.4"),
        ("1" * 40, "1" * 40),
    ],
)
def test_numbers_that_are_asked_about(typed: str, kept: str) -> None:
    registration = at_number()
    registration.send(GiveMemberNumber(number=typed))
    assert registration.facts.number is not None
    assert registration.facts.number.number == kept


@pytest.mark.parametrize(
    ("typed", "code"), [("", "idcc_missing"), ("12345", "idcc_malformed"), ("0", "idcc_malformed")]
)
def test_idccs_that_are_refused(typed: str, code: str) -> None:
    assert at_idcc().refusal(GiveIdcc(idcc=typed)) == code


@pytest.mark.parametrize(("typed", "kept"), [("573", "0573"), ("1624", "0573"), ("9999", "9999")])
def test_idccs_that_are_taken(typed: str, kept: str) -> None:
    registration = at_idcc()
    registration.send(GiveIdcc(idcc=typed))
    assert registration.facts.idcc == kept
