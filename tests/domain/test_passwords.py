"""The password rules, as tables; and properties that hold for whatever is typed."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.common_passwords import COMMON
from domain.passwords import MAX, MIN, Criteria, criteria, normalised, problems

PERSON = ["DUPONT", "Claire", "claire.dupont@masociete.com", "Boulangerie Léon & Fils"]
WORDS = st.sampled_from(sorted(word for word in COMMON if word.isalpha()))


def codes(password: str, min_length: int = MIN) -> list[str]:
    return [problem.code for problem in problems(password, PERSON, min_length)]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", Criteria(length=False, letter=False, digit=False)),
        ("abcdefg", Criteria(length=False, letter=True, digit=False)),
        ("abcdefgh", Criteria(length=True, letter=True, digit=False)),
        ("1234567", Criteria(length=False, letter=False, digit=True)),
        ("        ", Criteria(length=True, letter=False, digit=False)),
        ("--------", Criteria(length=True, letter=False, digit=False)),
        ("vélo-à-7", Criteria(length=True, letter=True, digit=True)),
        ("пароль-7", Criteria(length=True, letter=True, digit=True)),
        ("كلمة-مرور-٧", Criteria(length=True, letter=True, digit=True)),
        ("🚲🚲🚲🚲🚲🚲a1", Criteria(length=True, letter=True, digit=True)),
        ("🚲🚲🚲🚲", Criteria(length=False, letter=False, digit=False)),
        ("abcdefg²", Criteria(length=True, letter=True, digit=False)),  # an exponent is no digit to type
    ],
)
def test_criteria(password: str, expected: Criteria) -> None:
    assert criteria(password) == expected


def test_letters_that_are_composed_count_once() -> None:
    decomposed = unicodedata.normalize("NFD", "éèàùçê1")
    assert len(decomposed) > MIN
    assert not criteria(decomposed).length
    assert normalised(decomposed) == "éèàùçê1"


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ["password_too_short", "password_no_letter", "password_no_digit"]),
        ("vélo7", ["password_too_short"]),
        ("84759302", ["password_no_letter"]),
        ("vélo-caillou", ["password_no_digit"]),
        ("a1" * 64, ["password_common"]),
        ("a1" * 64 + "b", ["password_too_long"]),
        ("vélo-caillou-7", []),
        ("kf7#mQ2p", []),
        ("  kf7#mQ2p  ", []),
        ("correct7horse", []),
    ],
)
def test_problems(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


def test_the_setting_raises_the_length_and_the_words() -> None:
    assert codes("kf7#mQ2pxyz", 12) == ["password_too_short"]
    assert "au moins 12 caractères" in problems("kf7#mQ2pxyz", PERSON, 12)[0].detail
    assert codes("kf7#mQ2pxyzw", 12) == []


@pytest.mark.parametrize(
    "password",
    [
        "Motdepasse2026!", "Azerty123", "azertyuiop1", "AZERTY!!2024", "P@ssw0rd1", "Pa$$w0rd2024",
        "123soleil", "S0leil75", "Été2026!!", "Marseille13!", "doudou2019", "lolalola1", "soleilsoleil12",
        "1q2w3e4r5t", "1a2b3c4d", "a1234567", "87654321b", "aaaaaaa1", "0000000a", "20262026a", "abc12345",
        "4zerty!!99", "claire75011", "MonEspace1!", "1a2b3c!!", "q1w2e3r4", "Q1w2e3r4!",
        "xqx7qx7x", "xz747474", "abcabcabc7",
    ],
)  # fmt: skip
def test_common_ones(password: str) -> None:
    assert codes(password) == ["password_common"]


@pytest.mark.parametrize(
    "password",
    [
        "Dupont2026", "dupontclaire84", "Dup0nt2026!", "Tnopud2026", "masociete2026", "AktoFormation1",
        "4kto2026!!!", "OPCO-2026-akto", "75dupont75claire", "Boulangerie1", "leonetfils1", "motdepasseakto1",
        "a2026Dupontb",
    ],
)  # fmt: skip
def test_guessable_ones(password: str) -> None:
    assert codes(password) == ["password_guessable"]


@pytest.mark.parametrize(
    ("password", "known"),
    [
        ("Leonard2026", ["Léo", "LEONARD"]),  # the longer word first, or « nard » would be left
        ("Bxrlsophie2026", ["Bxrlsophie", "SOPHIE"]),
        ("Jdcp2026x", ["J.D. C.P."]),  # initials, taken together
        ("Eva2026xy", ["EVA"]),
    ],
)
def test_what_is_known_of_a_person_is_recognised_whole(password: str, known: list[str]) -> None:
    assert [problem.code for problem in problems(password, known)] == ["password_guessable"]
    assert problems(password, []) == []


@pytest.mark.parametrize("password", ["xqz7zqx7", "kxqz1234"])
def test_four_signs_of_a_secret_are_the_least(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("vélo7", "Le mot de passe doit compter au moins 8 caractères."),
        ("x7" * 65, "Le mot de passe ne peut pas dépasser 128 caractères."),
        ("84759302", "Le mot de passe doit contenir au moins 1 lettre."),
        ("vélo-caillou", "Le mot de passe doit contenir au moins 1 chiffre."),
        ("Azerty123", "Ce mot de passe est trop courant, il serait vite deviné. Choisissez-en un autre."),
        (
            "Dupont2026",
            "Ce mot de passe se devine à partir de votre nom, de votre adresse ou de ce portail. "
            "Choisissez-en un autre.",
        ),
    ],
)
def test_words(password: str, words: str) -> None:
    assert [problem.detail for problem in problems(password, PERSON)] == [words]


@pytest.mark.parametrize("password", ["Dupont#9x!7Kq2", "clairevoyance77", "oleander9", "taktonik77"])
def test_a_known_word_inside_a_longer_secret_is_fine(password: str) -> None:
    assert codes(password) == []


def test_nothing_known_of_the_person_is_fine() -> None:
    assert problems("Dupont2026", []) == []
    assert problems("Dupont2026", ["", " ", "@", "42"]) == []


def test_problems_name_the_field_and_quote_nothing() -> None:
    for password in ("Dupont2026", "Azerty123", "x", "x" * 200):
        for problem in problems(password, PERSON):
            assert problem.field == "password"
            assert not any(word in problem.detail.lower() for word in ("dupont", "azerty"))


def test_the_list_is_in_the_form_it_is_looked_up_in() -> None:
    assert all(word == word.casefold() and word.isascii() and word.isalnum() for word in COMMON)
    assert len(COMMON) > 1_000


@given(st.text(max_size=200))
def test_any_text_gets_an_answer_that_agrees_with_the_criteria(password: str) -> None:
    met = criteria(password)
    found = codes(password)
    assert len(found) == len(set(found))
    if len(normalised(password)) <= MAX:
        assert ("password_too_short" in found) is not met.length
        assert ("password_no_letter" in found) is not met.letter
        assert ("password_no_digit" in found) is not met.digit


@given(st.text(alphabet=string.ascii_letters + string.digits + "éàç-!", max_size=40))
def test_the_form_of_accents_changes_nothing(password: str) -> None:
    assert codes(unicodedata.normalize("NFD", password)) == codes(password)


@given(WORDS, st.text(alphabet=string.digits + "!?.-_*", min_size=1, max_size=12), st.booleans())
def test_digits_and_signs_around_a_common_word_do_not_help(word: str, around: str, before: bool) -> None:
    password = (around + word.upper() if before else word.title() + around).ljust(MIN, "7") + "1"
    assert codes(password) == ["password_common"]


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=20, max_size=40))
def test_long_random_ones_pass(password: str) -> None:
    if len(set(password)) > 8:
        assert codes(password + "xQ7") == []
