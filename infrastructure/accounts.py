"""Accounts as they stand: who has one, its credential and what it shows; and the proof that comes before one.

An account is made by `account_creation.py` alone. The pending credential is the proof of a mailbox: only
the web process writes it, after it has checked the token of the link.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.effects import Proof
from domain.messages import Kind, Theme
from domain.people import Civility, email_key
from infrastructure.database import PoolType, transaction
from infrastructure.outbox import NewEvent, append

BY_REGISTRATION = """
SELECT id, registration_id, email, civility, last_name, first_name, created_at
FROM accounts WHERE registration_id = $1
"""
BY_EMAIL = """
SELECT id, registration_id, email, civility, last_name, first_name, created_at
FROM accounts WHERE email_key = $1
"""
BY_ID = """
SELECT id, registration_id, email, civility, last_name, first_name, created_at FROM accounts WHERE id = $1
"""
CREDENTIAL = "SELECT password_hash, changed_at FROM credentials WHERE account_id = $1"
LOG_IN = """
SELECT account_id, password_hash
FROM accounts JOIN credentials ON account_id = id WHERE email_key = $1
"""
#: The same password at another cost: the day it was chosen stays.
REHASH = "UPDATE credentials SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2"
SAVE_PENDING = """
INSERT INTO pending_credentials AS pending (registration_id, link_number, email_key, password_hash)
SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM accounts WHERE registration_id = $1)
ON CONFLICT (registration_id, link_number) DO UPDATE
    SET email_key = excluded.email_key, password_hash = excluded.password_hash, created_at = now()
    WHERE pending.consumed_at IS NULL
RETURNING link_number
"""
LINK_ADDRESS = "SELECT email FROM links WHERE registration_id = $1 AND number = $2"
ATTACHMENTS = """
SELECT siret, kind, name, proof, confirmed, idcc FROM attachments
WHERE account_id = $1 ORDER BY name NULLS LAST, siret, kind
"""
THEMES = "SELECT DISTINCT theme FROM theme_consents WHERE account_id = $1 AND withdrawn_at IS NULL"

LOCK = "SELECT now() FROM accounts WHERE id = $1 FOR UPDATE"
WITHDRAW = """
UPDATE theme_consents SET withdrawn_at = now()
WHERE account_id = $1 AND withdrawn_at IS NULL AND theme <> ALL($2::text[])
RETURNING theme
"""
CONSENT = """
INSERT INTO theme_consents (account_id, theme, given_at)
SELECT $1::uuid, theme, now() FROM unnest($2::text[]) AS theme
WHERE theme NOT IN (SELECT theme FROM theme_consents WHERE account_id = $1 AND withdrawn_at IS NULL)
RETURNING theme
"""


@dataclass(frozen=True)
class Account:
    """Somebody who may log in."""

    id: UUID
    registration_id: UUID
    email: str
    civility: Civility
    last_name: str
    first_name: str
    created_at: datetime


class Credential(NamedTuple):
    """The hash of a password and when it was chosen."""

    password_hash: str
    changed_at: datetime


@dataclass(frozen=True)
class Attachment:
    """An establishment the account acts for; not `confirmed`: « à confirmer »."""

    siret: str
    kind: Kind
    name: str | None
    proof: Proof
    confirmed: bool
    idcc: str | None


@dataclass(frozen=True)
class Home:
    """What « Mon Espace » shows."""

    person: Account
    attachments: tuple[Attachment, ...]
    themes: tuple[Theme, ...]
    password_changed_at: datetime | None = None


class Accounts:
    """Reads accounts and writes proofs."""

    def __init__(self, pool: PoolType) -> None:
        self._pool = pool

    async def account_by_registration(self, registration: UUID) -> Account | None:
        """The account that registration made."""
        return await self._account(BY_REGISTRATION, registration)

    async def account_by_id(self, account_id: UUID) -> Account | None:
        """The account of that id."""
        return await self._account(BY_ID, account_id)

    async def account_by_email(self, email: str) -> Account | None:
        """The account of that address, however its case is written."""
        return await self._account(BY_EMAIL, email_key(email))

    async def credential(self, account_id: UUID) -> Credential | None:
        """The account's password hash."""
        async with transaction(self._pool) as connection:
            row = await connection.fetchrow(CREDENTIAL, account_id)
        return Credential(row["password_hash"], row["changed_at"]) if row else None

    async def log_in(self, email: str) -> tuple[UUID, str] | None:
        """The account of that address and its password hash, by one query whether there is one or not."""
        async with transaction(self._pool) as connection:
            row = await connection.fetchrow(LOG_IN, email_key(email))
        return (row["account_id"], row["password_hash"]) if row else None

    async def rehash(self, account_id: UUID, old_hash: str, new_hash: str) -> None:
        """Replace a hash by another of the same password, unless the password was changed meanwhile."""
        async with transaction(self._pool) as connection:
            await connection.execute(REHASH, account_id, old_hash, new_hash)

    async def save_pending(
        self, registration: UUID, link_number: int, email: str, password_hash: str
    ) -> bool:
        """Write the proof of a mailbox: the caller has checked the link's token.

        Returns:
            False, and nothing is written, once the proof was used or the registration has its account.
        """
        async with transaction(self._pool) as connection:
            written = await connection.fetchval(
                SAVE_PENDING, registration, link_number, email_key(email), password_hash
            )
        return written is not None

    async def link_address(self, registration: UUID, number: int) -> str | None:
        """The address that link was mailed to."""
        async with transaction(self._pool) as connection:
            address: str | None = await connection.fetchval(LINK_ADDRESS, registration, number)
        return address

    async def home(self, account_id: UUID) -> Home | None:
        """What the account shows; None when there is no such account."""
        person = await self._account(BY_ID, account_id)
        if person is None:
            return None
        async with transaction(self._pool) as connection:
            attachments = await connection.fetch(ATTACHMENTS, account_id)
            credential = await connection.fetchrow(CREDENTIAL, account_id)
            chosen = {row["theme"] for row in await connection.fetch(THEMES, account_id)}
        return Home(
            person=person,
            attachments=tuple(
                Attachment(
                    siret=row["siret"],
                    kind=Kind(row["kind"]),
                    name=row["name"],
                    proof=Proof(row["proof"]),
                    confirmed=row["confirmed"],
                    idcc=row["idcc"],
                )
                for row in attachments
            ),
            themes=tuple(theme for theme in Theme if theme in chosen),
            password_changed_at=credential["changed_at"] if credential else None,
        )

    async def choose_themes(self, account_id: UUID, themes: Collection[Theme]) -> None:
        """Consent to these themes and no others: what is given and withdrawn is dated, what stands stays.

        The real portal is told by an event of the outbox, if anything changed.
        """
        chosen = sorted(set(themes))
        async with transaction(self._pool) as connection:
            now: datetime | None = await connection.fetchval(LOCK, account_id)
            if now is None:
                return
            withdrawn = await connection.fetch(WITHDRAW, account_id, chosen)
            given = await connection.fetch(CONSENT, account_id, chosen)
            if withdrawn or given:
                body = {"account_id": str(account_id), "themes": chosen, "changed_at": now.isoformat()}
                await append(connection, account_id, [NewEvent("account.themes_changed", body)])

    async def _account(self, statement: str, key: UUID | str) -> Account | None:
        async with transaction(self._pool) as connection:
            row = await connection.fetchrow(statement, key)
        if row is None:
            return None
        return Account(
            id=row["id"],
            registration_id=row["registration_id"],
            email=row["email"],
            civility=Civility(row["civility"]),
            last_name=row["last_name"],
            first_name=row["first_name"],
            created_at=row["created_at"],
        )
