"""What AKTO knows of people and establishments: look-ups that answer no more than was asked.

Each question is one query whatever the answer is, so that its time tells nothing. The numbers of
establishments are compared here and leave only as a yes or no.
"""

import hmac
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from domain.effects import EstablishmentQuestion
from domain.messages import Kind
from domain.numbers import number_key
from domain.people import email_key
from infrastructure.database import ConnectionType

CONTACT = """
SELECT account.email AS account, contact.email AS contact
FROM (SELECT $1::text AS email_key) AS asked
LEFT JOIN accounts AS account USING (email_key)
LEFT JOIN contacts AS contact ON contact.email_key = asked.email_key AND contact.active
"""
ESTABLISHMENT = "SELECT kind, number_key FROM establishments WHERE siret = $1"
NUMBER = "SELECT number_key FROM establishments WHERE siret = $1 AND kind = $2"
BLOCK = """
INSERT INTO mailbox_blocks AS block (mailbox_hash, until) VALUES ($1, $2)
ON CONFLICT (mailbox_hash) DO UPDATE SET until = greatest(block.until, excluded.until)
"""
#: Others of an establishment the account was just attached to by a claim: who has an account there first.
#: Nobody is written to twice, a known contact who took up the account is no news, and who came later than the
#: newcomer, while the mails were being ordered, found the newcomer there.
COLLEAGUES = """
WITH newcomer AS (SELECT id, email_key FROM accounts WHERE registration_id = $1),
joined AS (
    SELECT siret, kind, created_at AS joined_at FROM attachments, newcomer
    WHERE account_id = newcomer.id AND proof <> 'contact_email'
),
others AS (
    SELECT account.email_key, account.email, attached.siret, 1 AS rank
    FROM joined JOIN attachments AS attached USING (siret, kind)
    JOIN accounts AS account ON account.id = attached.account_id
    WHERE attached.confirmed AND attached.created_at <= joined_at
    UNION ALL
    SELECT contact.email_key, contact.email, known.siret, 2
    FROM joined JOIN contact_establishments AS known USING (siret, kind)
    JOIN contacts AS contact USING (email_key)
    WHERE contact.active
)
SELECT email, siret FROM (
    SELECT DISTINCT ON (email_key) email_key, email, siret, rank FROM others
    WHERE email_key NOT IN (SELECT email_key FROM newcomer)
    ORDER BY email_key, rank, siret
) AS told
ORDER BY rank, email_key LIMIT $2
"""
COLLEAGUES_AT_MOST = 5

Known = Literal["none", "contact", "account"]
Recognition = Literal["recognised", "no_number", "other_kind", "unrecognised"]


class Colleague(NamedTuple):
    """Somebody else of an establishment, and which."""

    email: str
    siret: str


async def colleagues(connection: ConnectionType, registration: UUID) -> list[Colleague]:
    """Whom to tell that this registration's account joined their establishment: five at most."""
    rows = await connection.fetch(COLLEAGUES, registration, COLLEAGUES_AT_MOST)
    return [Colleague(row["email"], row["siret"]) for row in rows]


async def look_up_contact(connection: ConnectionType, email: str) -> tuple[Known, str]:
    """What the address is to AKTO, and the address to write to: the stored one where there is one."""
    row = await connection.fetchrow(CONTACT, email_key(email))
    assert row is not None
    if row["account"] is not None:
        return "account", row["account"]
    if row["contact"] is not None:
        return "contact", row["contact"]
    return "none", email


async def recognise_establishment(connection: ConnectionType, question: EstablishmentQuestion) -> Recognition:
    """Whether AKTO knows the establishment under that kind, and has a number for it."""
    numbers = {
        row["kind"]: row["number_key"] for row in await connection.fetch(ESTABLISHMENT, question.siret)
    }
    if question.kind in numbers:
        return "recognised" if numbers[question.kind] else "no_number"
    return "other_kind" if numbers else "unrecognised"


async def is_number_of(connection: ConnectionType, number: str, siret: str, kind: Kind) -> bool:
    """Whether it is that establishment's number; spaces, dashes and case make no difference."""
    known = number_key(await connection.fetchval(NUMBER, siret, kind) or "")
    given = number_key(number)
    return hmac.compare_digest(given.encode(), known.encode()) and bool(known)


async def block_mailbox(connection: ConnectionType, mailbox_hash: bytes, until: datetime) -> None:
    """Let no mail go to that mailbox before then; never shortens what stands."""
    await connection.execute(BLOCK, mailbox_hash, until)
