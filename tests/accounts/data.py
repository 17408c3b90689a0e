"""What AKTO knows in these tests, and orders that differ from one another in what a test is about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from domain.effects import AccountOrder, Claim, Identity, Proof
from domain.messages import Kind, Theme
from domain.numbers import number_key
from domain.people import Civility, email_key
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType

BAKERY, SCHOOL, FARM, MILL = "00000001800010", "00000002600013", "00000003400017", "00000004200010"
MEMBER, TRAINING = Kind.MEMBER, Kind.TRAINING_ORGANISATION
DECIDED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def add_establishment(
    pool: PoolType, siret: str, kind: Kind = MEMBER, name: str = "Établissement", number: str | None = None
) -> None:
    await pool.execute(
        "INSERT INTO establishments (siret, kind, name, number, number_key) VALUES ($1, $2, $3, $4, $5)",
        siret, kind, name, number, number_key(number) if number else None,
    )  # fmt: skip


async def add_contact(
    pool: PoolType, email: str, *establishments: tuple[str, Kind], active: bool = True
) -> None:
    await pool.execute(
        "INSERT INTO contacts (email_key, email, active) VALUES ($1, $2, $3)", email_key(email), email, active
    )
    await pool.executemany(
        "INSERT INTO contact_establishments (email_key, siret, kind) VALUES ($1, $2, $3)",
        [(email_key(email), siret, kind) for siret, kind in establishments],
    )


def claim_order(address: str = "zoe@exemple.fr", **changes: Any) -> AccountOrder:
    """An order for somebody unknown who claimed the bakery and gave its number."""
    order = AccountOrder(
        registration=str(uuid4()),
        address=address,
        link=1,
        identity=Identity(
            civility=Civility.MADAME, last_name="Le Goff", first_name="Zoé", email="zoe@exemple.fr"
        ),
        themes=(Theme.CASES, Theme.INVOICES),
        claim=Claim(kind=MEMBER, siret=BAKERY),
        proof=Proof.MEMBER_NUMBER,
        decided_at=DECIDED,
    )
    return AccountOrder(**{**dict(order), **changes})


def contact_order(address: str = "zoe@exemple.fr", **changes: Any) -> AccountOrder:
    """An order for a known contact."""
    return claim_order(address, **{"themes": (), "claim": None, "proof": Proof.CONTACT_EMAIL, **changes})


async def prove(pool: PoolType, order: AccountOrder, password_hash: str = "hash") -> None:  # noqa: S107
    """The proof row that the web process writes."""
    await Accounts(pool).save_pending(UUID(order.registration), order.link, order.address, password_hash)


async def counts(pool: PoolType) -> dict[str, int]:
    """How many rows there are of each kind that an account consists of."""
    return {
        table: await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        for table in ("accounts", "credentials", "theme_consents", "attachments", "account_events")
    }


NOTHING = dict.fromkeys(("accounts", "credentials", "theme_consents", "attachments", "account_events"), 0)
