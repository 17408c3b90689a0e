"""IDCC: four digits however typed, mergers, the table that is a help and no gate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.idcc import BRANCHES, MERGED, NO_AGREEMENT, NOT_IN_FORCE, branch, current, is_akto, read_idcc


@pytest.mark.parametrize(
    ("typed", "idcc"),
    [
        ("0573", "0573"),
        ("573", "0573"),
        ("00573", "0573"),
        ("000573", "0573"),
        (" 05 73 ", "0573"),
        ("05\u00a073", "0573"),
        ("０５７３", "0573"),
        ("IDCC 573", "0573"),
        ("IDCC n° 0573", "0573"),
        ("idcc:573", "0573"),
        ("0573 - Commerces de gros", "0573"),
        ("1516", "1516"),
        ("16", "0016"),
        ("1", "0001"),
        ("1486", "1486"),  # another OPCO's: accepted
        ("4321", "4321"),  # nobody's: accepted
        ("9999", NO_AGREEMENT),
        ("9998", NOT_IN_FORCE),
    ],
)
def test_read_however_typed(typed: str, idcc: str) -> None:
    assert read_idcc(typed) == (idcc, None)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "idcc_missing"),
        (" \u00a0\u200b\t", "idcc_missing"),
        ("0", "idcc_malformed"),
        ("0000", "idcc_malformed"),
        ("12345", "idcc_malformed"),
        ("0573 1501", "idcc_malformed"),
        ("aucune", "idcc_malformed"),
        ("-", "idcc_malformed"),
        ("½²", "idcc_malformed"),
    ],
)
def test_each_problem_has_its_code(typed: str, code: str) -> None:
    assert read_idcc(typed) == (None, code)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1761", "0573"),
        ("1624", "0573"),
        ("0635", "0573"),
        ("0731", "3243"),
        ("1383", "3243"),
        ("1391", "0275"),
        ("7509", "7520"),
        ("0172", "0158"),
    ],
)
def test_known_mergers(old: str, new: str) -> None:
    assert current(old) == new
    assert read_idcc(old) == (new, None)
    assert is_akto(old)
    assert branch(old) == branch(new)


def test_the_table() -> None:
    assert len(BRANCHES) == 24
    assert all(len(idcc) == 4 and idcc.isdigit() and name for idcc, name in BRANCHES.items())
    assert not set(MERGED) & set(BRANCHES)
    assert set(MERGED.values()) <= set(BRANCHES)  # one step is enough
    assert branch("1516") == "Organismes de formation"


@pytest.mark.parametrize("idcc", [NO_AGREEMENT, NOT_IN_FORCE, "1486", "0001"])
def test_outside_the_table(idcc: str) -> None:
    assert branch(idcc) is None
    assert not is_akto(idcc)
    assert current(idcc) == idcc


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    idcc, code = read_idcc(text)
    assert (idcc is None) != (code is None)
    if idcc is not None:
        assert len(idcc) == 4
        assert read_idcc(idcc) == (idcc, None)
