"""What a template may say: addresses of pages, tokens, and for the welcome mail who was attached to what.

Only the welcome mail and the one about a newcomer, sent once a mailbox was proved, are given a name or an
establishment: for every other kind they are not in the context at all, so that no template can say them.
Whatever was typed or imported is brought to one line without control characters, for the text part has no
escaping of its own.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.desk import ID_PREFIX
from domain.effects import MailKind, MailOrder, Proof
from domain.messages import Kind
from domain.policy import Policy
from domain.siret import display
from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint

#: A contact may belong to hundreds of establishments; the mail lists the first ones.
LISTED = 20
LINE_MAX = 200
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Attached:
    """An establishment the new account is attached to, and how that was proved."""

    siret: str
    kind: Kind
    name: str
    proof: Proof
    confirmed: bool
    idcc: str | None = None


@dataclass(frozen=True)
class Newcomer:
    """Whom the welcome mail greets."""

    first_name: str
    last_name: str
    attached: tuple[Attached, ...] = ()


def context(
    order: MailOrder,
    settings: Settings,
    mint: TokenMint,
    *,
    address: str,
    newcomer: Newcomer | None = None,
    since: datetime | None = None,
) -> dict[str, object]:
    """Everything the templates of this kind may name, and nothing else.

    Args:
        order: the mail.
        settings: where the portal is.
        mint: makes the tokens.
        address: the mailbox written to; a confirmation link is bound to it.
        newcomer: for the welcome mail and the one to the newcomer's colleagues.
        since: for the operators: since when they are waited for.
    """
    registration = UUID(order.registration)
    values: dict[str, object] = {
        "contact_url": settings.contact_url,
        "login_url": f"{settings.base_url}/connexion",
        "disowned_days": Policy().disowned_days,
    }
    if order.kind is MailKind.OPERATORS_REVIEW:
        waiting = (since or order.decided_at).astimezone(PARIS)
        values |= {
            "workflow_id": f"{ID_PREFIX}{registration}",
            "since": f"{waiting:%d/%m/%Y à %H:%M} (heure de Paris)",
            "words": _lines(order.words),
        }
        return values

    if order.kind is MailKind.NEWCOMER:
        return values | _joined(newcomer, order.words)

    values["disown_url"] = _with_token(settings, "pas-moi", mint.make("disown", registration, order.ordinal))
    if order.kind.brings_confirmation_link:
        assert order.link is not None
        token = mint.make("link", registration, order.link, address)
        values["link_url"] = _with_token(settings, "lien", token)
        values["validity"] = duration(order.link_hours)
        values["password_min_length"] = settings.password_min_length
        values["form_may_follow"] = order.email_first
        values["proved"] = order.behind > 0
    match order.kind:
        case MailKind.ALREADY_ACCOUNT:
            values["forgotten_url"] = f"{settings.base_url}/mot-de-passe-oublie"
        case MailKind.REMINDER_FORM | MailKind.RESUME | MailKind.INSEE_BACK | MailKind.REFUSED:
            token = mint.make("resume", registration, order.behind)
            values["resume_url"] = _with_token(settings, "reprendre", token)
            if order.kind is MailKind.REFUSED:
                values["words"] = _lines(order.words)
        case MailKind.PASSWORD_FORGOTTEN:
            token = mint.make("reset", UUID(order.words), order.ordinal, address)
            values["reset_url"] = _with_token(settings, "nouveau-mot-de-passe", token)
            values["validity"] = duration(1)
        case MailKind.PASSWORD_CHANGED:
            at = order.decided_at.astimezone(PARIS)
            values["at"] = f"{at:%d/%m/%Y à %H:%M} (heure de Paris)"
            values["forgotten_url"] = f"{settings.base_url}/mot-de-passe-oublie"
        case MailKind.WELCOME:
            values |= _welcome(newcomer)
    return values


def duration(hours: int) -> str:
    """A link's life in words."""
    if hours > 48 and hours % 24 == 0:
        return f"{hours // 24} jours"
    return f"{hours} heure{'s' if hours > 1 else ''}"


def how(attached: Attached) -> str:
    """How an attachment was proved, in the words of the mail."""
    match attached.proof:
        case Proof.CONTACT_EMAIL:
            said = "Rattaché par votre adresse e-mail"
        case Proof.MEMBER_NUMBER if attached.kind is Kind.MEMBER:
            said = "Rattaché par votre numéro d'adhérent"
        case Proof.MEMBER_NUMBER:
            said = "Rattaché par votre numéro d'organisme de formation"
        case Proof.OPERATOR:
            said = "Rattaché après examen par AKTO"
        case Proof.IDCC_DECLARED if attached.idcc in (None, "9999"):
            said = "Rattaché par votre déclaration, sans convention collective"
        case Proof.IDCC_DECLARED:
            said = f"Rattaché par IDCC {attached.idcc}"
    return said if attached.confirmed else f"{said} – à confirmer"


def one_line(text: str) -> str:
    """The text without line breaks, control characters or anything that turns the reading direction."""
    spaced = " ".join(text.split())
    visible = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    return visible if len(visible) <= LINE_MAX else visible[: LINE_MAX - 1].rstrip() + "…"


def _lines(words: str) -> list[str]:
    """An operator's words, line by line."""
    return [line for line in (one_line(line) for line in words.splitlines()) if line]


def _welcome(newcomer: Newcomer | None) -> dict[str, object]:
    attached: Sequence[Attached] = newcomer.attached if newcomer else ()
    more = len(attached) - LISTED
    return {
        "person": one_line(f"{newcomer.first_name} {newcomer.last_name}") if newcomer else "",
        "attachments": [
            {
                "name": one_line(one.name) or "Établissement",
                "siret": spaced(one.siret),
                "how": how(one),
            }
            for one in attached[:LISTED]
        ],
        "one_attachment": len(attached) == 1,
        "others": "" if more < 1 else "un autre établissement" if more == 1 else f"{more} autres",
        "to_confirm": any(not one.confirmed for one in attached),
    }


def _joined(newcomer: Newcomer | None, siret: str) -> dict[str, object]:
    """Who joined which establishment; the mail goes to somebody of that one alone and names no other."""
    attached = next((one for one in newcomer.attached if one.siret == siret), None) if newcomer else None
    return {
        "person": one_line(f"{newcomer.first_name} {newcomer.last_name}") if newcomer else "",
        "establishment": one_line(attached.name) if attached else "",
        "siret": spaced(siret),
        "confirmed": attached.confirmed if attached else False,
    }


def spaced(siret: str) -> str:
    """The SIRET in groups that no line break parts."""
    return display(siret).replace(" ", "\u00a0")


def _with_token(settings: Settings, page: str, token: str) -> str:
    return f"{settings.base_url}/{page}?jeton={quote(token, safe='')}"
