"""What AKTO knows of people and establishments: look-ups that answer no more than was asked.

Each question is one query whatever the answer is, so that its time tells nothing. The numbers of
establishments are compared here and leave only as a yes or no.
"""

import hmac
from datetime import datetime
from typing import Literal

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

Known = Literal["none", "contact", "account"]
Recognition = Literal["recognised", "no_number", "other_kind", "unrecognised"]


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
