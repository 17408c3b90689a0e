"""SIRET: whatever people paste, La Poste, the SIREN, the zeros."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.fr import siret as library

from domain.siret import clean, display, is_siren, read_siret

OCTO = "41816609600069"
LA_POSTE_HEAD = "35600000000048"
LA_POSTE_OFFICE = "35600000049837"

FICTITIOUS = [
    "00000001800010",
    "00000001800028",
    "00000002600013",
    "00000002600021",
    "00000003400017",
    "00000003400025",
    "00000004200010",
    "00000004200028",
    "00000005900014",
    "00000005900022",
    "00000006700017",
    "00000007500010",
    "00000008300014",
]


@pytest.mark.parametrize(
    "typed",
    [
        "41816609600069",
        "418 166 096 00069",
        " 418 166 096 00069\n",
        "418\u00a0166\u00a0096\u00a000069",  # no-break spaces
        "418\u202f166\u202f096\u202f00069",  # narrow ones
        "418\u2009166\u2003096\u300000069",  # thin, em, ideographic
        "418.166.096.00069",
        "418-166-096-00069",
        "418–166—096−00069",  # en dash, em dash, minus sign
        "418\u2011166\u2010096\u00ad00069",  # no-break hyphen, hyphen, soft hyphen
        "\ufeff4181\u200b6609\u200d6000\u206069",  # a byte order mark and characters without width
        "\u202a41816609600069\u202c",  # bidirectional marks, as Windows' own tools paste
        "４１８１６６０９６０００６９",  # full-width
        "٤١٨١٦٦٠٩٦٠٠٠٦٩",  # Arabic-Indic
        "'41816609600069",  # a spreadsheet's apostrophe
        '="41816609600069"',
        "418166096/00069",
        "418 166 096 (00069)",
        "SIRET : 418 166 096 00069",
        "N° SIRET : 418 166 096 00069",
        "Numéro de SIRET 418 166 096 00069",
        "siret n° 41816609600069",
    ],
)
def test_whatever_only_separates_is_dropped(typed: str) -> None:
    assert read_siret(typed) == (OCTO, None)


@pytest.mark.parametrize("siret", [*FICTITIOUS, OCTO, LA_POSTE_HEAD, LA_POSTE_OFFICE])
def test_numbers_that_pass(siret: str) -> None:
    assert read_siret(siret) == (siret, None)


def test_la_poste_by_its_own_rule_or_by_luhn() -> None:
    by_sum = "35600000000005"  # digits add up to 19: neither
    assert read_siret(by_sum) == (None, "siret_checksum")
    assert sum(map(int, LA_POSTE_OFFICE)) % 5 == 0
    by_luhn = next(s for n in range(100, 999) if _luhn(s := f"35600000000{n}") and sum(map(int, s)) % 5)
    assert read_siret(by_luhn) == (by_luhn, None)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "siret_missing"),
        (" \u00a0\u200b\n", "siret_missing"),
        ("-- . --", "siret_missing"),
        ("SIRET :", "siret_missing"),
        ("418166096", "siren_given"),
        ("418 166 096", "siren_given"),
        ("４１８１６６０９６", "siren_given"),
        ("356 000 000", "siren_given"),
        ("SIREN n° 418 166 096", "siren_given"),
        ("418166097", "siret_malformed"),  # nine digits that are no SIREN
        ("000000000", "siret_malformed"),
        ("4181660960006", "siret_malformed"),
        ("418166096000690", "siret_malformed"),
        ("41816609600069 41816609600077", "siret_malformed"),
        ("4181660960006O", "siret_malformed"),  # a letter
        ("4181660960006²", "siret_malformed"),
        ("4,18166E+13", "siret_malformed"),  # what a spreadsheet makes of it
        ("AKTO", "siret_malformed"),
        ("😀", "siret_malformed"),
        ("41816609600068", "siret_checksum"),
        ("14816609600069", "siret_checksum"),
        ("00000000000000", "siret_checksum"),
        ("00000000000018", "siret_checksum"),  # an establishment of nobody
    ],
)
def test_each_problem_has_its_code(typed: str, code: str) -> None:
    assert read_siret(typed) == (None, code)


def test_shown_in_groups_and_read_back() -> None:
    assert display(OCTO) == "418 166 096 00069"
    assert read_siret(display(OCTO)) == (OCTO, None)


def test_siren() -> None:
    assert is_siren("418166096")
    assert not is_siren("418166097")
    assert not is_siren("000000000")
    assert not is_siren("41816609")


@given(st.text())
@example("\u0339-\u0334")
def test_any_text_is_answered(text: str) -> None:
    siret, code = read_siret(text)
    assert (siret is None) != (code is None)
    assert siret is None or (siret.isascii() and siret.isdigit() and len(siret) == 14)
    assert clean(clean(text)) == clean(text) or "sire" in clean(text).lower()


@given(st.sampled_from(FICTITIOUS), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(siret: str, place: int, shift: int) -> None:
    wrong = siret[:place] + str((int(siret[place]) + shift) % 10) + siret[place + 1 :]
    assert read_siret(wrong) == (None, "siret_checksum")


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(number))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


@given(st.text("0123456789", min_size=14, max_size=14))
def test_our_luhn_is_the_librarys(number: str) -> None:
    expected = bool(int(number[:9])) and bool(library.is_valid(number))
    if not number.startswith("356000000"):
        assert (read_siret(number)[0] is not None) == expected
