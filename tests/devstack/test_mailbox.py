"""The mailbox over real SMTP and real HTTP: what is sent is what programs and people read."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx2
import pytest

from devstack import mailbox


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[mailbox.Mailbox]:
    async with mailbox.private(tmp_path / "mailbox") as running:
        yield running


@pytest.fixture
async def http(box: mailbox.Mailbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=box.url) as client:
        yield client


def a_mail(
    subject: str = "Création de votre compte – étape 2", to: str = "Zoé Martin <zoe@exemple.fr>"
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "AKTO – Mon Espace <ne-pas-repondre@monespace.example>"
    mail["To"] = to
    mail["Reply-To"] = "contact@monespace.example"
    mail["Subject"] = subject
    mail["Message-ID"] = "<abc.1@monespace.example>"
    mail["List-Unsubscribe"] = "<https://exemple.fr/stop>"
    mail.set_content("Bonjour Zoé,\nvotre lien : http://127.0.0.1:8000/lien?t=abc\n")
    mail.add_alternative("<p>Bonjour <b>Zoé</b></p><script>alert(1)</script>", subtype="html")
    return mail


async def send(box: mailbox.Mailbox, mail: EmailMessage, recipients: list[str] | None = None) -> None:
    await aiosmtplib.send(
        mail, hostname="127.0.0.1", port=box.smtp_port, start_tls=False, recipients=recipients,
        sender="rebonds@monespace.example",
    )  # fmt: skip


async def listed(http: httpx2.AsyncClient, query: str = "") -> list[Any]:
    path = f"/api/v1/search?query={query}" if query else "/api/v1/messages"
    return list((await http.get(path)).json()["messages"])


async def test_a_message_is_listed_in_mailpits_shape(box: mailbox.Mailbox, http: httpx2.AsyncClient) -> None:
    await send(box, a_mail())
    listing = (await http.get("/api/v1/messages")).json()
    assert {key: listing[key] for key in ("total", "unread", "count", "messages_count", "start", "tags")} == {
        "total": 1, "unread": 1, "count": 1, "messages_count": 1, "start": 0, "tags": [],
    }  # fmt: skip
    (message,) = listing["messages"]
    assert message["MessageID"] == "abc.1@monespace.example"
    assert message["From"] == {"Name": "AKTO – Mon Espace", "Address": "ne-pas-repondre@monespace.example"}
    assert message["To"] == [{"Name": "Zoé Martin", "Address": "zoe@exemple.fr"}]
    assert (message["Cc"], message["Bcc"], message["Read"]) == ([], [], False)
    assert message["Subject"] == "Création de votre compte – étape 2"
    assert message["Snippet"].startswith("Bonjour Zoé, votre lien")


async def test_a_message_has_bodies_headers_and_source(
    box: mailbox.Mailbox, http: httpx2.AsyncClient
) -> None:
    await send(box, a_mail())
    (listed_message,) = await listed(http)
    path = f"/api/v1/message/{listed_message['ID']}"
    message = (await http.get(path)).json()
    assert "http://127.0.0.1:8000/lien?t=abc" in message["Text"]
    assert "<b>Zoé</b>" in message["HTML"]
    assert message["ReturnPath"] == "rebonds@monespace.example"
    assert message["ListUnsubscribe"]["Links"] == ["https://exemple.fr/stop"]
    headers = (await http.get(f"{path}/headers")).json()
    assert headers["Message-Id"] == ["<abc.1@monespace.example>"]
    assert list(headers) == sorted(headers)
    assert "Message-ID: <abc.1@monespace.example>" in (await http.get(f"{path}/raw")).text
    assert (await http.get("/api/v1/message/latest")).json()["ID"] == listed_message["ID"]
    assert (await listed(http))[0]["Read"] is True
    assert (await http.get("/api/v1/message/unknown")).status_code == 404


async def test_who_only_the_envelope_names_is_a_blind_copy(
    box: mailbox.Mailbox, http: httpx2.AsyncClient
) -> None:
    await send(box, a_mail(), recipients=["zoe@exemple.fr", "discret@exemple.fr"])
    assert (await listed(http))[0]["Bcc"] == [{"Name": "", "Address": "discret@exemple.fr"}]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("to:zoe@exemple.fr", ["second", "first"]),
        ("to:ZOE@exemple.fr subject:first", ["first"]),
        ("to:zoe@exemple.fr -subject:first", ["second"]),
        ("from:monespace is:unread", ["third", "second", "first"]),
        ('"votre lien" to:max', ["third"]),
        ("to:personne@exemple.fr", []),
    ],
)
async def test_search(
    box: mailbox.Mailbox, http: httpx2.AsyncClient, query: str, subjects: list[str]
) -> None:
    await send(box, a_mail("first"))
    await send(box, a_mail("second"))
    await send(box, a_mail("third", to="max@exemple.fr"))
    assert [message["Subject"] for message in await listed(http, query)] == subjects


async def test_search_without_a_query_is_refused(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/api/v1/search")).status_code == 400


async def test_pages_of_messages_and_their_deletion(box: mailbox.Mailbox, http: httpx2.AsyncClient) -> None:
    for number in range(3):
        await send(box, a_mail(str(number)))
    page = (await http.get("/api/v1/messages?start=1&limit=1")).json()
    assert ([message["Subject"] for message in page["messages"]], page["total"]) == (["1"], 3)
    middle = page["messages"][0]["ID"]
    assert (await http.request("DELETE", "/api/v1/messages", json={"IDs": [middle]})).text == "ok"
    assert [message["Subject"] for message in await listed(http)] == ["2", "0"]
    await http.delete("/api/v1/messages")
    assert await listed(http) == []


async def test_mails_survive_a_restart(tmp_path: Path) -> None:
    async with mailbox.private(tmp_path) as first, httpx2.AsyncClient(base_url=first.url) as http:
        await send(first, a_mail())
        await http.get("/api/v1/message/latest")
    (tmp_path / "0000.json").write_text("{")  # of a mail whose writing was interrupted
    async with mailbox.private(tmp_path) as second, httpx2.AsyncClient(base_url=second.url) as http:
        (message,) = await listed(http)
        assert (message["Subject"], message["Read"]) == ("Création de votre compte – étape 2", True)


async def test_the_page_shows_mails_and_runs_nothing_of_them(
    box: mailbox.Mailbox, http: httpx2.AsyncClient
) -> None:
    await send(box, a_mail("<script>alert(2)</script>"))
    page = await http.get("/")
    assert "1 courriel" in page.text
    assert "<script>" not in page.text
    (message,) = await listed(http)
    shown = await http.get(f"/message/{message['ID']}")
    assert 'sandbox="allow-popups' in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]
    framed = await http.get(f"/view/{message['ID']}.html")
    assert framed.headers["content-security-policy"].startswith("sandbox ")
    assert "votre lien" in (await http.get(f"/view/{message['ID']}.txt")).text
    assert "introuvable" in (await http.get("/message/unknown")).text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe not a mail at all",
        b"Subject: =?utf-8?b?broken\r\nFrom: <<>>,,\r\nDate: yesterday\r\nTo:\r\n\r\nbody",
        b"Content-Type: text/plain; charset=klingon\r\n\r\n\xe9",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>open",
    ],
)
async def test_any_bytes_are_shown(box: mailbox.Mailbox, http: httpx2.AsyncClient, content: bytes) -> None:
    box.store.add(content, "a@exemple.fr", ["b@exemple.fr"])
    assert (await http.get("/")).status_code == 200
    for path in ("/api/v1/message/latest", "/api/v1/message/latest/headers", "/message/latest"):
        assert (await http.get(path)).status_code == 200


async def switch(http: httpx2.AsyncClient, **fault: object) -> None:
    assert (await http.put("/faults", json=fault)).status_code == 200


@pytest.mark.parametrize(("mode", "code"), [("greylist", 451), ("unknown", 550)])
async def test_a_recipient_is_refused(
    box: mailbox.Mailbox, http: httpx2.AsyncClient, mode: str, code: int
) -> None:
    await switch(http, mode=mode, recipients=["zoe@exemple.fr"])
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(box, a_mail())
    assert refused.value.recipients[0].code == code
    await send(box, a_mail(to="paul@exemple.fr"))
    assert len(await listed(http)) == 1, "nobody else"
    await switch(http, mode="none")
    await send(box, a_mail())
    assert len(await listed(http)) == 2


async def test_silence_after_the_mail_was_taken(box: mailbox.Mailbox, http: httpx2.AsyncClient) -> None:
    await switch(http, mode="silence")
    with pytest.raises(TimeoutError):
        await aiosmtplib.send(
            a_mail(), hostname="127.0.0.1", port=box.smtp_port, start_tls=False, timeout=0.5
        )
    assert len(await listed(http)) == 1


async def test_down_and_back(box: mailbox.Mailbox, http: httpx2.AsyncClient) -> None:
    await switch(http, mode="down")
    with pytest.raises(aiosmtplib.SMTPException):
        await send(box, a_mail())
    assert await listed(http) == []
    await switch(http, mode="none")
    await send(box, a_mail())
    assert len(await listed(http)) == 1


async def test_an_unknown_fault_is_refused(http: httpx2.AsyncClient) -> None:
    assert (await http.put("/faults", json={"mode": "odd"})).status_code == 422
    assert (await http.get("/faults")).json()["mode"] == "none"
