"""Choosing another password: behind the link of a mail, or logged in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.passwords import problems as password_problems
from infrastructure.accounts import Account, Accounts
from infrastructure.database import DatabaseUnavailable
from infrastructure.password_changes import PasswordChanges, Reset
from infrastructure.passwords import PasswordHasher
from infrastructure.tokens import TokenMint, parse
from starter.links import LinkRefused, PasswordRefused
from starter.registrations import Unavailable


@dataclass(frozen=True)
class OpenedReset:
    """A link that leads to the page for another password."""

    address: str
    changed_at: datetime | None


class Resets:
    """Changes the passwords of existing accounts."""

    def __init__(
        self,
        accounts: Accounts,
        changes: PasswordChanges,
        hasher: PasswordHasher,
        mint: TokenMint,
        password_min_length: int = 8,
    ) -> None:
        self._accounts = accounts
        self._changes = changes
        self._hasher = hasher
        self._mint = mint
        self._min_length = password_min_length

    async def open(self, token: str) -> OpenedReset:
        """Follow a link from « Mot de passe oublié ». Uses nothing up.

        Raises:
            LinkRefused: `link_invalid`, or `link_expired` once used or too old.
            Unavailable
        """
        _, reset = await self._checked(token)
        return OpenedReset(reset.account.email, reset.changed_at)

    async def choose(self, token: str, password: str) -> None:
        """Choose another password behind that link; ends every session and writes to the owner.

        Raises:
            LinkRefused, PasswordRefused, Unavailable
        """
        number, reset = await self._checked(token)
        self._check(password, reset.account)
        await self._change(reset.account, password, number)

    async def change(self, account_id: UUID, password: str) -> None:
        """Change the password of somebody who has just given the present one (`Login.prove`).

        Ends every session and writes to the owner.

        Raises:
            PasswordRefused, Unavailable
            LookupError: the account is gone.
        """
        try:
            account = await self._accounts.account_by_id(account_id)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        if account is None:
            raise LookupError("no such account")
        self._check(password, account)
        await self._change(account, password, None)

    async def _change(self, account: Account, password: str, link: int | None) -> None:
        hashed = await self._hasher.hash(password)
        try:
            changed_at = await self._changes.change(account.id, hashed, link)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        if changed_at is None:
            raise LinkRefused("link_expired")

    def _check(self, password: str, account: Account) -> None:
        context = [account.email, account.last_name, account.first_name]
        problems = password_problems(password, context, self._min_length)
        if problems:
            raise PasswordRefused(tuple(problems))

    async def _checked(self, token: str) -> tuple[int, Reset]:
        parsed = parse(token)
        if parsed is None:
            raise LinkRefused("link_invalid")
        try:
            account = await self._accounts.account_by_id(parsed.registration)
            if account is None or not self._mint.check(parsed, "reset", account.email):
                raise LinkRefused("link_invalid")
            reset = await self._changes.alive(account.id, parsed.number)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        if reset is None:
            raise LinkRefused("link_expired")
        return parsed.number, reset
