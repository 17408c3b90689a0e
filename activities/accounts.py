"""The account: made once a registration, and only behind a proved mailbox."""

from temporalio import activity

from domain.effects import AccountAnswer, AccountOrder
from infrastructure.account_creation import create_account
from infrastructure.database import PoolType
from infrastructure.settings import Settings


class AccountActivities:
    """Makes accounts."""

    def __init__(self, pool: PoolType, settings: Settings) -> None:
        self._pool = pool

    @activity.defn(name="create_account")
    async def create_account(self, order: AccountOrder) -> AccountAnswer:
        """Make the account, its credential, consents and attachments, in one transaction."""
        return AccountAnswer(about=order.link, status=await create_account(self._pool, order))
