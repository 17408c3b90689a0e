"""What stands behind the links in mails: open, choose a password, resume, « ce n'est pas moi ».

A token is checked here and nowhere else, and never goes further: the workflow is told a link's number, and
the proof that the mailbox is the person's is the row this module writes after the token was right.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.messages import ChoosePassword, Disown, OpenLink
from domain.passwords import problems as password_problems
from domain.policy import Policy
from domain.problems import problem
from domain.view import Outcome, Problem, View
from infrastructure.accounts import Accounts
from infrastructure.database import DatabaseUnavailable
from infrastructure.passwords import PasswordHasher
from infrastructure.silence import Silence
from infrastructure.tokens import TokenMint, parse
from starter.holder import Holder, read_holder
from starter.registrations import Ended, Refused, Registrations, Unavailable, UnknownRegistration, utc_now

LinkProblem = Literal["link_invalid", "link_expired", "link_replaced", "link_used", "registration_ended"]


class LinkRefused(Exception):
    """The link leads nowhere any more; `code` says why, `registration` whose it was if the token is ours."""

    def __init__(
        self, code: LinkProblem, registration: UUID | None = None, outcome: Outcome | None = None
    ) -> None:
        super().__init__(code)
        self.code: LinkProblem = code
        self.registration = registration
        self.outcome = outcome


class PasswordRefused(Exception):
    """The password is not good enough; says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


@dataclass(frozen=True)
class Shown:
    """A token that is right: a mailed link's, or (`session`) of who went on from one into the form."""

    registration: UUID
    number: int
    address: str
    session: bool

    @property
    def behind(self) -> int:
        """What goes with messages: a link alone is judged by its age, who went on in time is not."""
        return self.number if self.session else 0


@dataclass(frozen=True)
class OpenedLink:
    """A link that leads to the password page."""

    registration: UUID
    number: int
    address: str
    view: View
    last_changed: datetime | None = None

    @property
    def holder(self) -> Holder:
        """As whom a browser goes on from here into the form."""
        return Holder(self.registration, self.number if self.view.only_behind is not None else 0)


class Links:
    """The links of mails, on the web process's side."""

    def __init__(
        self,
        registrations: Registrations,
        accounts: Accounts,
        hasher: PasswordHasher,
        mint: TokenMint,
        silence: Silence,
        password_min_length: int = 8,
    ) -> None:
        self._registrations = registrations
        self._accounts = accounts
        self._hasher = hasher
        self._mint = mint
        self._silence = silence
        self._min_length = password_min_length

    async def open(self, token: str) -> OpenedLink:
        """Follow a confirmation link. Uses nothing up: a scanner may do it any number of times.

        The resume token of who went on from a link into the form opens the same.

        Raises:
            LinkRefused, Unavailable
        """
        checked = await self._checked(token)
        try:
            view = await self._registrations.send(
                checked.registration, OpenLink(link=checked.number), checked.behind
            )
        except Refused as refusal:
            if "link_open" not in refusal.codes:
                raise self._why(refusal, checked.registration) from None
            view = refusal.view or await self._current(checked)
        except (Ended, UnknownRegistration):
            view = await self._current(checked)
        return OpenedLink(checked.registration, checked.number, checked.address, view)

    async def choose_password(self, token: str, password: str, submission: str | None = None) -> None:
        """Choose the password; returns once the account exists with this very password.

        Raises:
            LinkRefused: `link_used` when the account has another password already.
            PasswordRefused: with what is missing.
            Unavailable: nothing is lost, the same call may be repeated.
        """
        checked = await self._checked(token)
        await self._choose(checked, password, submission)

    async def _choose(self, checked: Shown, password: str, submission: str | None) -> None:
        registration, address = checked.registration, checked.address
        hashed = None
        try:
            view = await self._registrations.view(registration, checked.number)
        except UnknownRegistration:
            raise await self._gone(registration, address) from None
        if view.outcome is None:
            self._check_password(password, address, view)
            hashed = await self._hasher.hash(password)
            await self._save_proof(registration, checked.number, address, hashed)
            try:
                view = await self._registrations.send(
                    registration,
                    ChoosePassword(link=checked.number, submission=submission),
                    checked.behind,
                )
            except Refused as refusal:
                if not await self._is_ours(registration, password, hashed):
                    raise self._why(refusal, registration) from None
                return
            except Ended:
                pass
        if not await self._is_ours(registration, password, hashed):
            raise await self._not_ours(registration, address, view)

    async def resume(self, token: str) -> Holder:
        """The registration a resume link belongs to, and as whom it goes on.

        Raises:
            LinkRefused
        """
        holder = read_holder(self._mint, token)
        if holder is None:
            raise LinkRefused("link_invalid")
        return holder

    async def disown(self, token: str) -> None:
        """« Ce n'est pas moi »: no more mail to that mailbox, and its registration ends.

        Raises:
            LinkRefused, Unavailable
        """
        checked = parse(token)
        if checked is None or not self._mint.check(checked, "disown"):
            raise LinkRefused("link_invalid")
        until = utc_now() + timedelta(days=Policy().disowned_days)
        try:
            mailbox = await self._silence.ask(checked.registration, checked.number, until)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        with contextlib.suppress(Ended, UnknownRegistration):
            view = await self._registrations.whole_view(checked.registration)
            if mailbox is None or view.outcome or not self._silence.is_of(mailbox, view.answers.email or ""):
                return  # Over, or corrected since: what goes on is another mailbox's business.
            try:
                await self._registrations.send(checked.registration, Disown())
            except Refused:
                raise Unavailable("account under way") from None

    async def _checked(self, token: str) -> Shown:
        parsed = parse(token)
        if parsed is None:
            raise LinkRefused("link_invalid")
        try:
            address = await self._accounts.link_address(parsed.registration, parsed.number)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        session = self._mint.check(parsed, "resume")
        if address is None or not (session or self._mint.check(parsed, "link", address)):
            raise LinkRefused("link_invalid")
        return Shown(parsed.registration, parsed.number, address, session)

    async def _current(self, checked: Shown) -> View:
        """The view of a registration that still runs."""
        registration, address = checked.registration, checked.address
        try:
            view = await self._registrations.view(registration, checked.number)
        except UnknownRegistration:
            raise await self._gone(registration, address) from None
        if view.outcome is Outcome.REGISTERED:
            raise LinkRefused("link_used", registration, view.outcome)
        if view.outcome is not None:
            raise await self._gone(registration, address, view.outcome)
        return view

    async def _gone(self, registration: UUID, address: str, outcome: Outcome | None = None) -> LinkRefused:
        """Over: the mailbox's owner may be told that it has an account, whichever registration made it."""
        try:
            account = await self._accounts.account_by_email(address)
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        if account is not None:
            return LinkRefused("link_used", registration, outcome)
        return LinkRefused("registration_ended", registration, outcome)

    async def _not_ours(self, registration: UUID, address: str, view: View) -> Exception:
        if view.busy:
            return Unavailable("account under way")
        if view.outcome is None:
            return PasswordRefused((problem("password_unproved"),))
        return await self._gone(registration, address, view.outcome)

    def _check_password(self, password: str, address: str, view: View) -> None:
        answers = view.answers
        context = [address, answers.last_name or "", answers.first_name or ""]
        if view.establishment and view.establishment.name:
            context.append(view.establishment.name)
        problems = password_problems(password, context, self._min_length)
        if problems:
            raise PasswordRefused(tuple(problems))

    async def _save_proof(self, registration: UUID, number: int, address: str, hashed: str) -> None:
        try:
            await self._accounts.save_pending(registration, number, address, hashed)
        except DatabaseUnavailable:
            raise Unavailable("database") from None

    async def _is_ours(self, registration: UUID, password: str, hashed: str | None) -> bool:
        """Whether the account that this registration made has this password.

        The very hash we just made is proof enough; only another one, of a doubled click for instance, has to
        be computed again, and that is what this costs most.
        """
        try:
            account = await self._accounts.account_by_registration(registration)
            credential = await self._accounts.credential(account.id) if account else None
        except DatabaseUnavailable:
            raise Unavailable("database") from None
        if credential is None:
            return False
        stored = credential.password_hash
        return stored == hashed or await self._hasher.verify(stored, password)

    @staticmethod
    def _why(refusal: Refused, registration: UUID) -> Exception:
        codes = refusal.codes
        if "link_replaced" in codes:
            return LinkRefused("link_replaced", registration)
        if codes & {"link_expired", "late"}:
            return LinkRefused("link_expired", registration)
        if "stale" in codes and refusal.view is not None and not refusal.view.busy:
            return PasswordRefused((problem("stale"),))
        return Unavailable("refused")
