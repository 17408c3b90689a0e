"""Log in, log out, and what « Mon Espace » shows.

An address without an account gets the answer of a wrong password, after the same work: the same limits, one
query, one hash. Limits count wrong tries alone, but count them before the password is looked at, so
that many tries at once are as few as one after the other.
"""

from collections.abc import Collection
from uuid import UUID

from domain.messages import Theme
from domain.people import email_key, read_email
from domain.view import Problem
from infrastructure.accounts import Accounts, Home
from infrastructure.database import PoolType
from infrastructure.limits import Limits, Rule
from infrastructure.passwords import PasswordHasher
from infrastructure.sessions import Sessions
from infrastructure.settings import Settings
from starter.guard import TooMany

__all__ = ["Login", "LoginRefused", "TooMany"]

LOGIN_WRONG = Problem(
    code="login_wrong",
    field=None,
    detail="L'adresse e-mail ou le mot de passe n'est pas correct.",
)


class LoginRefused(Exception):
    """Wrong address or wrong password: which, is not said."""

    def __init__(self, problem: Problem = LOGIN_WRONG) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Login:
    """The door of « Mon Espace »."""

    def __init__(self, pool: PoolType, settings: Settings, limits: Limits, hasher: PasswordHasher) -> None:
        self._accounts = Accounts(pool)
        self._sessions = Sessions(pool, settings)
        self._limits = limits
        self._hasher = hasher
        window = settings.login_window_minutes * 60
        self._per_account: Rule = (settings.logins_per_account, window)
        self._per_client: Rule = (settings.logins_per_address, window)

    async def log_in(self, email: str, password: str, client: str) -> str:
        """Open a session, return its token.

        Args:
            email: as typed.
            password: as typed.
            client: the client's address, which limits count by.

        Raises:
            LoginRefused: wrong, or no such account.
            TooMany: `too_many_logins`, and until when.
            DatabaseUnavailable: nothing could be looked up or counted.
        """
        address, _ = read_email(email)
        await self._count(address, client)
        found = await self._accounts.log_in(address) if address else None
        account_id, password_hash = found or (None, None)
        right = await self._hasher.verify(password_hash, password)
        if account_id is None or password_hash is None or not right:
            raise LoginRefused
        await self._uncount(address, client)
        if self._hasher.needs_rehash(password_hash):
            await self._accounts.rehash(account_id, password_hash, await self._hasher.hash(password))
        return await self._sessions.open(account_id)

    async def prove(self, account_id: UUID, password: str, client: str) -> None:
        """Let somebody who is logged in give the present password, under the limits of logging in.

        Raises:
            LoginRefused: wrong.
            TooMany, DatabaseUnavailable: as for `log_in`.
            LookupError: the account is gone.
        """
        account = await self._accounts.account_by_id(account_id)
        credential = await self._accounts.credential(account_id)
        if account is None or credential is None:
            raise LookupError("no such account")
        await self._count(account.email, client)
        if not await self._hasher.verify(credential.password_hash, password):
            raise LoginRefused
        await self._uncount(account.email, client)

    async def open(self, account_id: UUID) -> str:
        """Open a session, return its token: after a change of password, which ends all others."""
        return await self._sessions.open(account_id)

    async def choose_themes(self, account_id: UUID, themes: Collection[Theme]) -> None:
        """What the account is written to about from now on; consents are dated, given or withdrawn."""
        await self._accounts.choose_themes(account_id, themes)

    async def account(self, token: str) -> UUID | None:
        """Who is logged in with that token."""
        return await self._sessions.account(token)

    async def log_out(self, token: str) -> None:
        """End the session."""
        await self._sessions.close(token)

    async def home(self, account_id: UUID) -> Home:
        """The person, the establishments and the themes.

        Raises:
            LookupError: the account is gone, and its sessions with it.
        """
        home = await self._accounts.home(account_id)
        if home is None:
            raise LookupError("no such account")
        return home

    async def _count(self, address: str | None, client: str) -> None:
        until = await self._limits.take("login_client", client, self._per_client)
        if until is None and address is not None:
            until = await self._limits.take("login_account", email_key(address), self._per_account)
            if until is not None:
                await self._limits.give_back("login_client", client, self._per_client)
        if until is not None:
            raise TooMany("too_many_logins", until)

    async def _uncount(self, address: str | None, client: str) -> None:
        await self._limits.give_back("login_client", client, self._per_client)
        if address is not None:
            await self._limits.give_back("login_account", email_key(address), self._per_account)
