"""The one transaction that makes an account: all of it, or nothing.

Invariants:
- No account without the proof of its mailbox: a pending credential of that registration and link, for that
  very address, locked for the transaction and used up by it.
- One account a registration and one a mailbox: the table's unique keys decide, not what was read before.
- Who is known as a contact is attached to what AKTO knows at this moment, by the statement that reads it.
- What happened is told to the real portal by events of the outbox (docs/handover.md), written here or not
  at all.
"""

from typing import Literal
from uuid import UUID

from domain.effects import AccountOrder, MailKind, Proof
from domain.idcc import is_akto
from domain.people import email_key
from infrastructure import letters
from infrastructure.database import ConnectionType, PoolType, transaction
from infrastructure.outbox import NewEvent, append

Creation = Literal["created", "unproved", "already_registered", "contact_gone"]

#: All of the registration's, in one order: two transactions of one registration never wait crosswise.
LOCK_PROOFS = """
SELECT link_number, email_key, password_hash, consumed_at FROM pending_credentials
WHERE registration_id = $1 ORDER BY link_number FOR UPDATE
"""
HAS_ACCOUNT = "SELECT EXISTS (SELECT FROM accounts WHERE registration_id = $1)"
INSERT_ACCOUNT = """
INSERT INTO accounts (registration_id, email, email_key, civility, last_name, first_name, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING id
"""
INSERT_CREDENTIAL = "INSERT INTO credentials (account_id, password_hash, changed_at) VALUES ($1, $2, now())"
INSERT_CONSENTS = """
INSERT INTO theme_consents (account_id, theme, given_at)
SELECT DISTINCT $1::uuid, theme, $3::timestamptz FROM unnest($2::text[]) AS theme
"""
#: The hash now stands with the account: no copy of it outlives a change of password.
USE_UP_PROOFS = """
UPDATE pending_credentials SET consumed_at = now(), password_hash = '' WHERE registration_id = $1
"""
ATTACH_CONTACT = """
INSERT INTO attachments (account_id, siret, kind, name, proof, confirmed, created_at)
SELECT $1, siret, kind, establishments.name, $3, $4, $5
FROM contacts
JOIN contact_establishments USING (email_key)
JOIN establishments USING (siret, kind)
WHERE email_key = $2 AND contacts.active
RETURNING id, siret, kind, name, idcc
"""
ATTACH_CLAIM = """
INSERT INTO attachments (account_id, siret, kind, name, proof, confirmed, created_at, idcc)
SELECT $1, $2, $3, coalesce(max(name), $4), $5, $6, $7, $8
FROM establishments WHERE siret = $2 AND kind = $3
RETURNING id, siret, kind, name, idcc
"""


class _ContactGone(Exception):
    """Rolls back."""


async def create_account(pool: PoolType, order: AccountOrder) -> Creation:
    """Make the account, or say why not; the same order again gets the same answer.

    `already_registered`: the mailbox has an account of another registration. `contact_gone`: there was to
    be an account for a known contact, but AKTO knows none any more, or no establishment of theirs.
    """
    try:
        async with transaction(pool) as connection:
            return await _create(connection, order)
    except _ContactGone:
        return "contact_gone"


async def _create(connection: ConnectionType, order: AccountOrder) -> Creation:
    registration, key = UUID(order.registration), email_key(order.address)
    proofs = await connection.fetch(LOCK_PROOFS, registration)
    # Asked after the lock: whoever held it may have been making this very account.
    if await connection.fetchval(HAS_ACCOUNT, registration):
        return "created"
    password_hash = next(
        (
            proof["password_hash"]
            for proof in proofs
            if (proof["link_number"], proof["email_key"], proof["consumed_at"]) == (order.link, key, None)
        ),
        None,
    )
    if password_hash is None:
        return "unproved"
    person, at = order.identity, order.decided_at
    account_id: UUID | None = await connection.fetchval(
        INSERT_ACCOUNT,
        registration, order.address, key, person.civility, person.last_name, person.first_name, at,
    )  # fmt: skip
    if account_id is None:
        return "already_registered"
    await connection.execute(INSERT_CREDENTIAL, account_id, password_hash)
    await connection.execute(INSERT_CONSENTS, account_id, list(order.themes), at)
    await connection.execute(USE_UP_PROOFS, registration)
    told = [_account_event(account_id, order), *await _attach(connection, account_id, order)]
    if order.claim is not None:  # a known contact who takes up the account is no news to colleagues
        await letters.due(connection, account_id, MailKind.NEWCOMER)
    await append(connection, account_id, told)
    return "created"


async def _attach(connection: ConnectionType, account_id: UUID, order: AccountOrder) -> list[NewEvent]:
    at, claim = order.decided_at, order.claim
    if claim is None:
        proof = Proof.CONTACT_EMAIL
        rows = await connection.fetch(
            ATTACH_CONTACT, account_id, email_key(order.address), proof, proof.confirmed, at
        )
        if not rows:
            raise _ContactGone
    else:
        proof = order.proof
        rows = await connection.fetch(
            ATTACH_CLAIM,
            account_id,
            claim.siret,
            claim.kind,
            order.establishment_name,
            proof,
            proof.confirmed,
            at,
            order.idcc,
        )
    return [
        NewEvent(
            "attachment.created",
            {
                "account_id": str(account_id),
                "attachment_id": str(row["id"]),
                "siret": row["siret"],
                "kind": row["kind"],
                "name": row["name"],
                "proof": proof,
                "confirmed": proof.confirmed,
                "idcc": row["idcc"],
                "idcc_in_akto": None if row["idcc"] is None else is_akto(row["idcc"]),
                "created_at": at.isoformat(),
            },
        )
        for row in rows
    ]


def _account_event(account_id: UUID, order: AccountOrder) -> NewEvent:
    body = {
        "account_id": str(account_id),
        "registration_id": order.registration,
        "email": order.address,
        "civility": order.identity.civility,
        "last_name": order.identity.last_name,
        "first_name": order.identity.first_name,
        "themes": sorted(set(order.themes)),
        "created_at": order.decided_at.isoformat(),
    }
    return NewEvent("account.created", body)
