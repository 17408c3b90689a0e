"""Tokens of links: what was not made by us, for that purpose, for that address, opens nothing."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.tokens import Purpose, TokenMint, parse

REGISTRATION = UUID("11111111-2222-4333-8444-555555555555")
ADDRESS = "claire@exemple.example"
OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}
MINT = TokenMint(OLD)
TOKEN = MINT.make("link", REGISTRATION, 1, ADDRESS)
PURPOSES: tuple[Purpose, ...] = ("link", "resume", "disown", "form", "reset")


def opens(mint: TokenMint, text: str, purpose: Purpose = "link", address: str = ADDRESS) -> bool:
    """Whether the text is a token that passes."""
    token = parse(text)
    return token is not None and mint.check(token, purpose, address)


@given(place=st.integers(0, len(TOKEN) - 1), char=st.characters(max_codepoint=0x2FF))
def test_a_changed_token_opens_nothing(place: int, char: str) -> None:
    assert opens(MINT, TOKEN)
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    read, right = parse(changed), parse(TOKEN)
    assert opens(MINT, changed) == (read == right)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_serves_its_purpose_alone(purpose: Purpose) -> None:
    made = MINT.make(purpose, REGISTRATION, 1, ADDRESS)
    assert [one for one in PURPOSES if opens(MINT, made, one)] == [purpose]


def test_another_address_number_registration_or_key_opens_nothing() -> None:
    assert not opens(MINT, TOKEN, address="autre@exemple.example")
    key, registration, _, mac = TOKEN.split(".")
    assert not opens(MINT, f"{key}.{registration}.2.{mac}")
    assert not opens(MINT, f"{key}.{'A' * 22}.1.{mac}")
    assert not opens(TokenMint({"old": b"x" * 32}), TOKEN)


def test_rotation_keeps_older_links_until_their_key_goes() -> None:
    rotated = TokenMint({**NEW, **OLD})
    assert rotated.make("link", REGISTRATION, 1, ADDRESS).startswith("new.")
    assert opens(rotated, TOKEN)
    assert not opens(TokenMint(NEW), TOKEN)
