"""What the mails say: golden files of every kind, and what must never be in them.

`UPDATE_GOLDEN=1 pytest tests/mails/test_render.py` writes the golden files anew; the diff is the review.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from devstack.gallery.mails import ADDRESS, NEWCOMER, REGISTRATION, sample_mail, sample_order, sample_settings
from domain.effects import MailKind, MailOrder, Proof
from domain.messages import Kind
from infrastructure.mails.context import LISTED, Attached, Newcomer, duration, one_line
from infrastructure.mails.render import SUBJECTS, TEMPLATES, french_spaces, render
from infrastructure.tokens import TokenMint, parse

GOLDEN = Path(__file__).parent / "golden"
TO_PERSONS = [kind for kind in MailKind if kind is not MailKind.OPERATORS_REVIEW]
PROVED = {
    MailKind.WELCOME,
    MailKind.NEWCOMER,
    MailKind.PASSWORD_FORGOTTEN,
    MailKind.PASSWORD_CHANGED,
}
UNPROVED = [kind for kind in TO_PERSONS if kind not in PROVED]
HOSTILE = (
    "Zoé\r\nBcc: victime@example.org\r\n\r\n<a href='https://evil.example'>Gagnez</a> {{ 7 * 7 }}\u202e\x00"
)


class _Reader(HTMLParser):
    """Links and visible words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def _golden(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), f"{name} differs; UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.parametrize("kind", list(MailKind))
def test_golden(kind: MailKind) -> None:
    mail = sample_mail(sample_order(kind), NEWCOMER)
    _golden(f"{kind}.txt", f"{mail.subject}\n\n{mail.text}")
    _golden(f"{kind}.html", mail.html)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (MailKind.CONFIRMATION, {"email_first": True}),
        (MailKind.REMINDER_LINK, {"email_first": True}),
        (MailKind.APPROVED, {"behind": 1}),
    ],
)
def test_golden_where_the_mailbox_comes_first(kind: MailKind, changes: dict[str, object]) -> None:
    mail = sample_mail(sample_order(kind).model_copy(update=changes), NEWCOMER)
    _golden(f"{kind}_first.txt", f"{mail.subject}\n\n{mail.text}")
    _golden(f"{kind}_first.html", mail.html)


def test_every_kind_has_its_words_and_nothing_else_lies_about() -> None:
    shared = {"base.html", "base.txt", "parts.html", "style.css"}
    expected = {f"{kind}.{form}" for kind in MailKind for form in ("txt", "html")}
    assert {path.name for path in TEMPLATES.iterdir()} == expected | shared
    assert set(SUBJECTS) == set(MailKind)
    assert len(set(SUBJECTS.values())) == len(MailKind)


@pytest.mark.parametrize("kind", list(MailKind))
def test_html_is_french_readable_and_needs_nothing_from_elsewhere(kind: MailKind) -> None:
    html = sample_mail(sample_order(kind), NEWCOMER).html
    page = _Reader(html)
    french = [tag for tag, attributes in page.attributes if attributes.get("lang") == "fr"]
    assert french == ["html", "div"]  # webmails drop <html>
    assert page.tags.count("h1") == 1
    tables = [attributes for tag, attributes in page.attributes if tag == "table"]
    assert all(table["role"] == "presentation" for table in tables)
    assert not {"img", "script", "link", "iframe", "form"} & set(page.tags)
    assert 'name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html
    assert 'class="preheader"' in html
    assert "{{" not in html
    assert "{%" not in html
    sizes = {int(size) for size in re.findall(r"font-size: (\d+)px", html)}
    assert sizes - {1} == {size for size in sizes if size >= 16}  # 1: the hidden preheader
    for color in ("#00796b", "#00695c"):
        assert _contrast(color, "#ffffff") >= 4.5
    assert _contrast("#4a5b58", "#ffffff") >= 4.5
    assert _contrast("#6fd3c4", "#172422") >= 4.5
    assert _contrast("#6fd3c4", "#06231f") >= 4.5
    assert _contrast("#b4c6c2", "#172422") >= 4.5


@pytest.mark.parametrize("kind", list(MailKind))
def test_nothing_that_mail_programs_strip_is_needed(kind: MailKind) -> None:
    html = sample_mail(sample_order(kind), NEWCOMER).html
    body = html.partition("<body")[2]
    # Gmail cuts at 102 KB, drops a style element it cannot read, and some drop every style element:
    # what is needed to read stands at the elements themselves.
    assert len(html.encode()) < 40_000
    assert html.count("<style>") == 1
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert style.count("{") == style.count("}")
    assert not re.search(r"@import|@font-face|url\(", style)
    inline = " ".join(re.findall(r'style="([^"]*)"', body))
    assert not re.search(
        r"position:|float:|display: ?(flex|grid)|var\(|calc\(|url\(|rgba?\(|\brem\b|\bvw\b", inline
    )
    for tag, attributes in _Reader(body).attributes:
        if tag in ("td", "h1", "p", "a", "ul", "li", "blockquote"):
            assert attributes.get("style"), tag
        assert not {"id", "onclick", "data-src", "background"} & set(attributes)


def test_a_newcomers_colleague_is_told_who_and_where_and_of_no_other_establishment() -> None:
    mail = sample_mail(sample_order(MailKind.NEWCOMER), NEWCOMER)
    for words in (mail.text, _Reader(mail.html).words):
        assert "Claire DUPONT" in words
        assert "Hôtel du Port" in words
        assert "Boulangerie" not in words
        assert "123\u00a0456\u00a0789\u00a000020" in words
    assert "jeton" not in mail.text + mail.html
    assert "À confirmer" not in mail.text


def _contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("kind", list(MailKind))
def test_the_text_brings_the_same_addresses_as_the_html_each_alone_on_its_line(kind: MailKind) -> None:
    mail = sample_mail(sample_order(kind), NEWCOMER)
    lines = mail.text.splitlines()
    assert {line for line in lines if line.startswith("http")} == set(_Reader(mail.html).links)
    assert all(line.startswith("http") or "http" not in line for line in lines)
    assert all(len(line) <= 76 or line.startswith("http") for line in lines)


@pytest.mark.parametrize("kind", TO_PERSONS)
def test_mails_to_persons_say_why_they_came(kind: MailKind) -> None:
    mail = sample_mail(sample_order(kind), NEWCOMER)
    for words in (mail.text, _Reader(mail.html).words):
        assert "Vous recevez ce message parce que" in words
        assert "ontactez AKTO" in words


@pytest.mark.parametrize("kind", UNPROVED)
def test_before_the_mailbox_is_proved_its_owner_can_disown_and_nothing_typed_is_said(kind: MailKind) -> None:
    mail = sample_mail(sample_order(kind), NEWCOMER)
    token = _token(mail.text, "pas-moi")
    parsed = parse(token)
    assert parsed is not None
    assert TokenMint(sample_settings().link_key_ring).check(parsed, "disown")
    for words in (mail.text, mail.html):
        assert "Claire" not in words
        assert "DUPONT" not in words
        assert "Dupont" not in words
    assert mail.text.startswith("Bonjour,\n")


@pytest.mark.parametrize("kind", [kind for kind in MailKind if kind.brings_confirmation_link])
def test_confirmation_links_are_bound_to_their_number_and_mailbox(kind: MailKind) -> None:
    mint = TokenMint(sample_settings().link_key_ring)
    mail = sample_mail(sample_order(kind))
    parsed = parse(_token(mail.text, "lien"))
    assert parsed is not None
    assert (str(parsed.registration), parsed.number) == (REGISTRATION, 1)
    assert mint.check(parsed, "link", ADDRESS)
    assert not mint.check(parsed, "link", "other@masociete.com")
    assert "valable 24 heures" in mail.text


@pytest.mark.parametrize(
    "kind", [MailKind.REMINDER_FORM, MailKind.INSEE_BACK, MailKind.REFUSED, MailKind.RESUME]
)
def test_resume_links_resume(kind: MailKind) -> None:
    parsed = parse(_token(sample_mail(sample_order(kind)).text, "reprendre"))
    assert parsed is not None
    assert TokenMint(sample_settings().link_key_ring).check(parsed, "resume")


@pytest.mark.parametrize("kind", [k for k in MailKind if not k.brings_confirmation_link])
def test_no_other_mail_brings_a_confirmation_link(kind: MailKind) -> None:
    mail = sample_mail(sample_order(kind).model_copy(update={"link": 1}), NEWCOMER)
    assert "/lien?" not in mail.text + mail.html


def test_already_account_leads_to_log_in_and_forgotten_password() -> None:
    links = _Reader(sample_mail(sample_order(MailKind.ALREADY_ACCOUNT)).html).links
    assert "https://monespace.example/connexion" in links
    assert "https://monespace.example/mot-de-passe-oublie" in links


def test_operators_are_told_which_and_since_when_without_personal_data() -> None:
    mail = sample_mail(sample_order(MailKind.OPERATORS_REVIEW), NEWCOMER)
    assert f"registration-{REGISTRATION}" in mail.text
    assert "27/02/2026 à 17:40 (heure de Paris)" in mail.text
    assert "jeton" not in mail.text + mail.html
    assert "@" not in mail.text


def _token(text: str, page: str) -> str:
    found = re.search(rf"^https://monespace\.example/{page}\?jeton=(\S+)$", text, re.MULTILINE)
    assert found
    return found[1]


# ---- hostile words -------------------------------------------------------------------------------------


def test_hostile_names_stay_words() -> None:
    hostile = Newcomer(
        HOSTILE, "<b>X</b>", (Attached("12345678900012", Kind.MEMBER, HOSTILE, Proof.OPERATOR, True),)
    )
    clean = sample_mail(sample_order(MailKind.WELCOME), Newcomer("A", "B", NEWCOMER.attached[:1]))
    mail = sample_mail(sample_order(MailKind.WELCOME), hostile)
    assert mail.subject == clean.subject
    assert _Reader(mail.html).tags == _Reader(clean.html).tags
    assert _Reader(mail.html).links == _Reader(clean.html).links
    assert len(mail.text.splitlines()) == len(clean.text.splitlines())
    assert "{{ 7 * 7 }}" in mail.text
    assert not {"\r", "\x00", "\u202e"} & set(mail.text + mail.html)


def test_an_operators_words_keep_their_lines_and_nothing_else() -> None:
    order = sample_order(MailKind.REFUSED).model_copy(
        update={"words": "Un.\r\n\r\n<script>x</script>\x07\nDeux."}
    )
    mail = sample_mail(order)
    assert "> Un.\n> <script>x</script>\n> Deux.\n" in mail.text
    assert "Un.<br>&lt;script&gt;x&lt;/script&gt;<br>Deux." in mail.html


def test_without_words_a_refusal_does_not_announce_any() -> None:
    order = sample_order(MailKind.REFUSED).model_copy(update={"words": " \n "})
    assert "raison" not in sample_mail(order).text


def test_one_line_cuts_what_is_too_long() -> None:
    assert one_line("é" * 500) == "é" * 199 + "…"


# ---- the welcome mail's list ---------------------------------------------------------------------------


def test_how_each_establishment_was_attached() -> None:
    text = sample_mail(sample_order(MailKind.WELCOME), NEWCOMER).text
    for words in (
        "SIRET 123\u00a0456\u00a0789\u00a000012",
        "Rattaché par votre adresse e-mail\n",
        "Rattaché par votre numéro d'adhérent\n",
        "Rattaché par votre numéro d'organisme de formation\n",
        "Rattaché par IDCC 0573 – à confirmer\n",
        "Rattaché par votre déclaration, sans convention collective – à confirmer\n",
        "Rattaché après examen par AKTO\n",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("count", "words"),
    [(LISTED, None), (LISTED + 1, "Et un autre établissement :"), (LISTED + 300, "Et 300 autres :")],
)
def test_a_long_list_is_cut(count: int, words: str | None) -> None:
    many = tuple(
        Attached(f"{number:014}", Kind.MEMBER, f"Magasin {number}", Proof.CONTACT_EMAIL, True)
        for number in range(count)
    )
    text = sample_mail(sample_order(MailKind.WELCOME), Newcomer("A", "B", many)).text
    assert text.count("SIRET") == LISTED
    assert ("\nEt " in text) == (words is not None)
    assert words is None or words in text


def test_one_establishment_and_none() -> None:
    order = sample_order(MailKind.WELCOME)
    assert "à cet établissement :" in sample_mail(order, Newcomer("A", "B", NEWCOMER.attached[:1])).text
    assert "Aucun établissement" in sample_mail(order, Newcomer("A", "B")).text
    assert sample_mail(order, None).text.startswith("Bonjour,\n")


# ---- small rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "1 heure"),
        (2, "2 heures"),
        (24, "24 heures"),
        (48, "48 heures"),
        (72, "3 jours"),
        (100, "100 heures"),
    ],
)
def test_validity_in_words(hours: int, words: str) -> None:
    assert duration(hours) == words
    order = sample_order(MailKind.CONFIRMATION).model_copy(update={"link_hours": hours})
    assert f"valable {words}" in sample_mail(order).text


def test_a_gap_is_an_error_and_not_a_mail() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render(MailKind.CONFIRMATION, {})


def test_french_spaces() -> None:
    assert french_spaces("« Oui » : a ? b !") == "«\u00a0Oui\u00a0»\u00a0: a\u00a0? b\u00a0!"
    assert french_spaces("{% if a != b %}") == "{% if a != b %}"


def test_a_link_mail_without_a_number_is_a_mistake() -> None:
    order = MailOrder(**{**sample_order(MailKind.CONFIRMATION).model_dump(), "link": None})
    with pytest.raises(AssertionError):
        sample_mail(order)
