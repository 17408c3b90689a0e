"""What two of the mails are about, read from PostgreSQL: the workflow's orders carry no such data.

The welcome mail lists what the account was just attached to; the operators' mail says since when a review
waits, which is when the person was told about it.
"""

from datetime import datetime
from uuid import UUID

from domain.effects import Proof
from domain.messages import Kind
from infrastructure.database import PoolType, transaction
from infrastructure.mails.context import Attached, Newcomer

ACCOUNT = "SELECT id, first_name, last_name FROM accounts WHERE registration_id = $1"
# AKTO's own name for an establishment goes before the one that was kept with the attachment.
ATTACHED = """
SELECT a.siret, a.kind, coalesce(e.name, a.name, '') AS name, a.proof, a.confirmed, a.idcc
FROM attachments a LEFT JOIN establishments e ON e.siret = a.siret AND e.kind = a.kind
WHERE a.account_id = $1
ORDER BY 3, a.siret, a.kind
"""
REVIEWED_SINCE = """
SELECT max(decided_at) FROM mail_ledger WHERE registration_id = $1 AND kind = 'in_review'
"""


async def read_newcomer(pool: PoolType, registration: UUID) -> Newcomer | None:
    """The person and establishments of that registration's account; None when there is none.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer.
    """
    async with transaction(pool) as connection:
        account = await connection.fetchrow(ACCOUNT, registration)
        if account is None:
            return None
        rows = await connection.fetch(ATTACHED, account["id"])
    attached = tuple(
        Attached(
            siret=row["siret"],
            kind=Kind(row["kind"]),
            name=row["name"],
            proof=Proof(row["proof"]),
            confirmed=row["confirmed"],
            idcc=row["idcc"],
        )
        for row in rows
    )
    return Newcomer(account["first_name"], account["last_name"], attached)


async def reviewed_since(pool: PoolType, registration: UUID) -> datetime | None:
    """When the latest review of that registration was announced to the person.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer.
    """
    async with transaction(pool) as connection:
        since: datetime | None = await connection.fetchval(REVIEWED_SINCE, registration)
        return since
