"""A mail as bytes: headers, text and HTML, the same bytes each time.

Nothing here reads a clock or draws a number: the date is the workflow's, the Message-ID and the MIME
boundary come from the intent (kind, registration, ordinal). A relay's answer that was lost leads to
a second try; being identical, it is recognisable as the same message.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from hashlib import sha256

from email_validator import EmailNotValidError, validate_email

from domain.effects import MailOrder
from infrastructure.mails.render import Rendered
from infrastructure.settings import Settings

#: Bodies in lines of 76, which quoted-printable asks for; headers unfolded, because many readers keep the
#: fold of a long Message-ID in its value.
_BODY = SMTP.clone(max_line_length=76)
_HEADERS = SMTP.clone(max_line_length=998)


def sender_address(settings: Settings) -> str:
    """The bare address mails come from: the envelope's, where bounces go."""
    return parseaddr(settings.mail_from)[1]


def deliverable(address: str) -> str | None:
    """The address in the form relays take, an international domain in ASCII; None when there is none.

    Looked at again when a mail leaves: an address may also come from an import that checked less.
    """
    try:
        checked = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return checked.ascii_email


def message_id(order: MailOrder, settings: Settings) -> str:
    """The name of the intent: the same for every try, another for every new mail."""
    domain = sender_address(settings).rpartition("@")[2]
    return f"<{order.kind}.{_digest(order)}@{domain}>"


def compose(
    order: MailOrder, settings: Settings, rendered: Rendered, recipient: str, decided_at: datetime
) -> bytes:
    """The message, ready for the relay.

    Raises:
        ValueError: for a recipient that is not a plain address (line breaks, a display name, two addresses).
    """
    name, address = parseaddr(settings.mail_from)
    message = EmailMessage(policy=_BODY)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=recipient)
    message["Reply-To"] = Address(addr_spec=settings.mail_reply_to)
    message["Subject"] = rendered.subject
    message["Date"] = decided_at.astimezone(UTC)
    message["Message-ID"] = message_id(order, settings)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = "fr"  # after the contents: setting those clears every Content- header
    message.set_boundary(f"=_{_digest(order)}")
    return message.as_bytes(policy=_HEADERS)


def _digest(order: MailOrder) -> str:
    intent = f"{order.registration}|{order.kind}|{order.ordinal}"
    return sha256(intent.encode()).hexdigest()[:32]
