"""What is read out of a mail: addresses, subject, bodies, headers. Pure; accepts any bytes at all."""

import email.policy
import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser


@dataclass(frozen=True)
class Address:
    """A display name and an address."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is none of its bodies."""

    part_id: str
    file_name: str
    content_type: str
    content_id: str
    content: bytes
    inline: bool

    def checksums(self) -> dict[str, str]:
        """Fingerprints of the content, by algorithm."""
        algorithms = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256"}
        return {
            name: hashlib.new(algorithm, self.content, usedforsecurity=False).hexdigest()
            for name, algorithm in algorithms.items()
        }


class Mail:
    """A parsed mail."""

    def __init__(self, content: bytes) -> None:
        self._message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
        self._raw = BytesHeaderParser(policy=email.policy.compat32).parsebytes(content)

    def header(self, name: str) -> str:
        """A header, decoded; empty when absent or unreadable."""
        try:
            return str(self._message.get(name, "")).strip()
        except (ValueError, IndexError, AttributeError, TypeError):  # the parser gives up on odd headers
            return str(self._raw.get(name, "")).strip()

    def addresses(self, name: str) -> list[Address]:
        """The addresses of a header."""
        pairs = getaddresses([self.header(name)])
        return [Address(label, address) for label, address in pairs if label or address]

    def date(self) -> str | None:
        """The date the sender wrote, ISO 8601."""
        try:
            return parsedate_to_datetime(self.header("Date")).isoformat()
        except (ValueError, TypeError, IndexError):
            return None

    def headers(self) -> dict[str, list[str]]:
        """Every header as it came, unfolded, under its usual spelling, in alphabetical order."""
        headers: dict[str, list[str]] = {}
        for name, value in self._raw.items():
            usual = "-".join(part.capitalize() for part in name.split("-"))
            headers.setdefault(usual, []).append(re.sub(r"\r?\n[ \t]+", " ", str(value)))
        return dict(sorted(headers.items()))

    def text(self) -> str:
        """The plain text body."""
        return self._body("plain")

    def html(self) -> str:
        """The HTML body."""
        return self._body("html")

    def attachments(self) -> list[Attachment]:
        """Every part that is neither body."""
        found = []
        bodies = {id(self._message.get_body((kind,))) for kind in ("plain", "html")}
        for number, part in enumerate(self._message.walk()):
            if part.is_multipart() or id(part) in bodies:
                continue
            content = part.get_payload(decode=True)
            content_id = str(part.get("Content-ID", "")).strip("<> ")
            found.append(
                Attachment(
                    part_id=str(number),
                    file_name=part.get_filename() or content_id,
                    content_type=part.get_content_type(),
                    content_id=content_id,
                    content=content if isinstance(content, bytes) else b"",
                    inline=part.get_content_disposition() == "inline" or bool(content_id),
                )
            )
        return found

    def snippet(self) -> str:
        """The first 250 characters a reader sees."""
        text = self.text() or _visible_text(self.html())
        return " ".join(text.split())[:250]

    def _body(self, kind: str) -> str:
        part = self._message.get_body((kind,))
        return "" if part is None else _decoded(part)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:  # a character set nobody knows
        return payload.decode("utf-8", errors="replace")


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script", "head", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script", "head", "title"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _visible_text(html: str) -> str:
    reader = _Visible()
    reader.feed(html)
    return " ".join(reader.words)
