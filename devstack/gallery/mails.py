"""One order of each kind, and whom the welcome mail greets: the same everywhere, so that goldens stay."""

from datetime import UTC, datetime

from devstack.gallery.served import make_settings
from domain.effects import MailKind, MailOrder, Proof
from domain.messages import Kind
from infrastructure.mails.compose import compose
from infrastructure.mails.context import Attached, Newcomer, context
from infrastructure.mails.render import Rendered, render
from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint

REGISTRATION = "3f2b8c1e-5a4d-4e6f-9b7a-0c1d2e3f4a5b"
ADDRESS = "claire.dupont@masociete.com"
DECIDED_AT = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
REVIEW_SINCE = datetime(2026, 2, 27, 16, 40, tzinfo=UTC)
WORDS = "Le SIRET indiqué n'est pas celui de votre employeur.\nMerci de le vérifier."

NEWCOMER = Newcomer(
    "Claire",
    "DUPONT",
    (
        Attached("12345678900012", Kind.MEMBER, "Boulangerie Dupont & Fils", Proof.CONTACT_EMAIL, True),
        Attached("12345678900020", Kind.MEMBER, "Hôtel du Port", Proof.MEMBER_NUMBER, True),
        Attached("12345678900038", Kind.TRAINING_ORGANISATION, "Institut", Proof.MEMBER_NUMBER, True),
        Attached("12345678900046", Kind.MEMBER, "Pressing", Proof.IDCC_DECLARED, False, "0573"),
        Attached("12345678900053", Kind.MEMBER, "Loueur", Proof.IDCC_DECLARED, False, "9999"),
        Attached("12345678900061", Kind.MEMBER, "Traiteur", Proof.OPERATOR, True),
    ),
)


def sample_settings() -> Settings:
    """Settings without a database."""
    settings = make_settings()
    return settings.model_copy(update={"base_url": "https://monespace.example"})


def sample_order(kind: MailKind, *, ordinal: int = 1, to: str = ADDRESS) -> MailOrder:
    """The order of that kind."""
    return MailOrder(
        registration=REGISTRATION,
        kind=kind,
        ordinal=ordinal,
        to="" if kind is MailKind.OPERATORS_REVIEW else to,
        link=1 if kind.brings_confirmation_link else None,
        decided_at=DECIDED_AT,
        words={
            MailKind.REFUSED: WORDS,
            MailKind.PASSWORD_FORGOTTEN: REGISTRATION,
            MailKind.NEWCOMER: NEWCOMER.attached[1].siret,
        }.get(kind, ""),
    )


def sample_mail(order: MailOrder, newcomer: Newcomer | None = None) -> Rendered:
    """What the order says."""
    settings = sample_settings()
    mint = TokenMint(settings.link_key_ring)
    values = context(order, settings, mint, address=order.to, newcomer=newcomer, since=REVIEW_SINCE)
    return render(order.kind, values)


def sample_message(order: MailOrder, newcomer: Newcomer | None = None) -> bytes:
    """The order as a message."""
    recipient = order.to or sample_settings().mail_operators
    return compose(order, sample_settings(), sample_mail(order, newcomer), recipient, order.decided_at)
