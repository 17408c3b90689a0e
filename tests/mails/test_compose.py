"""The message around the words: headers, parts, and the same bytes every time."""

import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

import pytest

from devstack.gallery.mails import (
    ADDRESS,
    DECIDED_AT,
    NEWCOMER,
    sample_mail,
    sample_message,
    sample_order,
    sample_settings,
)
from domain.effects import MailKind
from infrastructure.mails.compose import compose, deliverable, message_id


def _parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def _content(part: Message) -> str:
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


@pytest.mark.parametrize("kind", list(MailKind))
def test_parsed_back_it_says_what_was_rendered(kind: MailKind) -> None:
    order = sample_order(kind)
    rendered = sample_mail(order, NEWCOMER)
    message = _parsed(sample_message(order, NEWCOMER))
    text, html = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert _content(text) == rendered.text
    assert _content(html) == rendered.html
    assert message["Subject"] == rendered.subject


def test_headers() -> None:
    message = _parsed(sample_message(sample_order(MailKind.CONFIRMATION)))
    assert message["From"] == "AKTO – Mon Espace <ne-pas-repondre@monespace.example>"
    assert message["To"] == ADDRESS
    assert message["Reply-To"] == "contact@monespace.example"
    assert parsedate_to_datetime(message["Date"]) == DECIDED_AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "fr"
    assert message["List-Unsubscribe"] is None
    assert message["Message-ID"] == message_id(sample_order(MailKind.CONFIRMATION), sample_settings())
    assert message["Message-ID"].startswith("<confirmation.")
    assert message["Message-ID"].endswith("@monespace.example>")


@pytest.mark.parametrize("kind", list(MailKind))
def test_no_header_brings_a_token_or_a_typed_word(kind: MailKind) -> None:
    message = _parsed(sample_message(sample_order(kind), NEWCOMER))
    headers = "\n".join(f"{name}: {value}" for name, value in message.items() if name != "To")
    assert "jeton" not in headers
    assert "claire" not in headers.lower()
    assert "dupont" not in headers.lower()


@pytest.mark.parametrize("kind", list(MailKind))
def test_seven_bits_and_short_lines(kind: MailKind) -> None:
    raw = sample_message(sample_order(kind), NEWCOMER)
    assert raw.isascii()
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert max(len(word) for word in re.findall(rb"=\?\S+\?=", head)) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("kind", list(MailKind))
def test_composed_again_it_is_the_same_byte_for_byte(kind: MailKind) -> None:
    assert sample_message(sample_order(kind), NEWCOMER) == sample_message(sample_order(kind), NEWCOMER)


def test_another_process_composes_the_same_bytes() -> None:
    code = (
        "import sys; from domain.effects import MailKind; from devstack.gallery.mails import *;"
        "sys.stdout.buffer.write(sample_message(sample_order(MailKind.WELCOME), NEWCOMER))"
    )
    for seed in ("1", "2"):
        other = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"},
        )
        assert other.stdout == sample_message(sample_order(MailKind.WELCOME), NEWCOMER)


def test_each_intent_has_its_own_message_id() -> None:
    settings = sample_settings()
    orders = [sample_order(kind, ordinal=ordinal) for kind in MailKind for ordinal in (1, 2)]
    orders.append(orders[0].model_copy(update={"registration": "00000000-0000-4000-8000-000000000000"}))
    assert len({message_id(order, settings) for order in orders}) == len(orders)


@pytest.mark.parametrize(
    "recipient",
    ["a@b.fr\r\nBcc: c@d.fr", "a@b.fr, c@d.fr", "Claire <a@b.fr>", "a@b.fr\nX: y"],
)
def test_a_recipient_is_one_plain_address(recipient: str) -> None:
    order = sample_order(MailKind.CONFIRMATION)
    with pytest.raises(ValueError, match=r".*"):
        compose(order, sample_settings(), sample_mail(order), recipient, DECIDED_AT)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Claire.Dupont@masociete.com", "Claire.Dupont@masociete.com"),
        ("claire@société.fr", "claire@xn--socit-esab.fr"),
        ("d'arc+akto@masociete.com", "d'arc+akto@masociete.com"),
        ("élise@masociete.com", None),
        ("a@b.fr\r\nBcc: c@d.fr", None),
        ("a@b.fr, c@d.fr", None),
        ("Claire <a@b.fr>", None),
        ("", None),
    ],
)
def test_what_a_relay_would_take(address: str, expected: str | None) -> None:
    assert deliverable(address) == expected


def test_a_long_address_survives_folding() -> None:
    long = "a" * 64 + "@" + ".".join(["sous-domaine-bien-long"] * 5) + ".fr"
    order = sample_order(MailKind.CONFIRMATION, to=long)
    assert deliverable(long) == long
    assert _parsed(sample_message(order))["To"] == long


def test_a_long_sender_domain_keeps_the_message_id_whole() -> None:
    domain = ".".join(["portail-des-entreprises"] * 3) + ".example"
    settings = sample_settings().model_copy(update={"mail_from": f"AKTO <x@{domain}>"})
    order = sample_order(MailKind.REMINDER_PASSWORD)
    message = _parsed(compose(order, settings, sample_mail(order), ADDRESS, DECIDED_AT))
    assert message["Message-ID"] == message_id(order, settings)
