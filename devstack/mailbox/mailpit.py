"""The mailbox in the JSON shape of Mailpit, which stands in its place in docker-compose.yml.

Tests and the demonstration read either without knowing which; so names, spelling and empty values are
Mailpit's, whatever one would choose otherwise.
"""

import re
from typing import Any

from devstack.mailbox.mail import Address, Attachment, Mail
from devstack.mailbox.store import Store, Stored

Json = dict[str, Any]


def listing(store: Store, found: list[Stored], start: int, limit: int) -> Json:
    """A page of messages, as /api/v1/messages and /api/v1/search answer it."""
    everything = store.all()
    page = found[start : start + limit]
    return {
        "total": len(everything),
        "unread": sum(not stored.read for stored in everything),
        "count": len(page),
        "messages_count": len(found),
        "messages_unread": sum(not stored.read for stored in found),
        "start": start,
        "tags": [],
        "messages": [summary(stored, store.mail(stored)) for stored in page],
    }


def summary(stored: Stored, mail: Mail) -> Json:
    """One message in a listing."""
    return {
        "ID": stored.id,
        "MessageID": mail.header("Message-ID").strip("<>"),
        "Read": stored.read,
        "From": _sender(mail),
        "To": _addresses(mail, "To"),
        "Cc": _addresses(mail, "Cc"),
        "Bcc": _blind(stored, mail),
        "ReplyTo": _addresses(mail, "Reply-To"),
        "Subject": mail.header("Subject"),
        "Created": _instant(stored),
        "Username": "",
        "Tags": [],
        "Size": stored.size,
        "Attachments": sum(not part.inline for part in mail.attachments()),
        "Snippet": mail.snippet(),
    }


def message(stored: Stored, mail: Mail) -> Json:
    """One message with its bodies, as /api/v1/message/{ID} answers it."""
    unsubscribe = mail.header("List-Unsubscribe")
    return {
        "ID": stored.id,
        "MessageID": mail.header("Message-ID").strip("<>"),
        "From": _sender(mail),
        "To": _addresses(mail, "To"),
        "Cc": _addresses(mail, "Cc"),
        "Bcc": _blind(stored, mail),
        "ReplyTo": _addresses(mail, "Reply-To"),
        "ReturnPath": stored.sender,
        "Subject": mail.header("Subject"),
        "ListUnsubscribe": {
            "Header": unsubscribe,
            "Links": re.findall(r"<([^>]+)>", unsubscribe),
            "Errors": "",
            "HeaderPost": mail.header("List-Unsubscribe-Post"),
        },
        "Date": mail.date() or _instant(stored),
        "Tags": [],
        "Username": "",
        "Text": mail.text(),
        "HTML": mail.html(),
        "Size": stored.size,
        "Inline": [_attachment(part) for part in mail.attachments() if part.inline],
        "Attachments": [_attachment(part) for part in mail.attachments() if not part.inline],
    }


def headers(stored: Stored, mail: Mail) -> dict[str, list[str]]:
    """Every header, with the envelope's sender as Return-Path."""
    return dict(sorted({**mail.headers(), "Return-Path": [f"<{stored.sender}>"]}.items()))


def search(store: Store, query: str) -> list[Stored]:
    """The messages a query matches: `to:`, `from:`, `subject:`, `is:unread`… and words; `-` excludes."""
    terms = [quoted or plain for quoted, plain in re.findall(r'([^\s"]*"[^"]*")|(\S+)', query)]
    return [stored for stored in store.all() if _matches(store, stored, terms)]


def _matches(store: Store, stored: Stored, terms: list[str]) -> bool:
    mail = store.mail(stored)
    for term in terms:
        excluded = len(term) > 1 and term[0] in "-!"
        wanted = term[excluded:].replace('"', "").casefold()
        if wanted and _matches_term(stored, mail, wanted) == excluded:
            return False
    return True


def _matches_term(stored: Stored, mail: Mail, wanted: str) -> bool:
    if wanted in {"is:read", "is:unread"}:
        return stored.read == (wanted == "is:read")
    field, colon, value = wanted.partition(":")
    texts = {
        "to": lambda: mail.header("To"),
        "from": lambda: mail.header("From"),
        "cc": lambda: mail.header("Cc"),
        "bcc": lambda: " ".join(entry["Address"] for entry in _blind(stored, mail)),
        "reply-to": lambda: mail.header("Reply-To"),
        "addressed": lambda: " ".join([*(mail.header(n) for n in ("To", "Cc", "From")), *stored.recipients]),
        "subject": lambda: mail.header("Subject"),
        "message-id": lambda: mail.header("Message-ID"),
    }
    if colon and field in texts:
        return value in texts[field]().casefold()
    everything = (mail.header("Subject"), mail.header("To"), mail.header("From"), mail.text(), mail.html())
    return wanted in " ".join(everything).casefold()


def _sender(mail: Mail) -> Json:
    found = mail.addresses("From")
    return _address(found[0]) if found else {"Name": mail.header("From"), "Address": ""}


def _addresses(mail: Mail, header: str) -> list[Json]:
    return [_address(address) for address in mail.addresses(header)]


def _blind(stored: Stored, mail: Mail) -> list[Json]:
    """Bcc, and who the envelope names but no header does."""
    named = [address for header in ("To", "Cc", "Bcc") for address in mail.addresses(header)]
    known = {address.address.casefold() for address in named}
    hidden = [Address("", recipient) for recipient in stored.recipients if recipient.casefold() not in known]
    return [_address(address) for address in [*mail.addresses("Bcc"), *hidden]]


def _address(address: Address) -> Json:
    return {"Name": address.name, "Address": address.address}


def _attachment(part: Attachment) -> Json:
    return {
        "PartID": part.part_id,
        "FileName": part.file_name,
        "ContentType": part.content_type,
        "ContentID": part.content_id,
        "Size": len(part.content),
        "Checksums": part.checksums(),
    }


def _instant(stored: Stored) -> str:
    return stored.received.isoformat(timespec="milliseconds").replace("+00:00", "Z")
