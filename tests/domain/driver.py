"""One registration without Temporal nor database: the world's answers are a table, time is a number.

`Registration` does what the workflow does around the rules: it applies messages, does the work that is asked
for and lets time pass. What the world does not answer (`unanswered`, INSEE or the relay down) stays asked.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import results, rules, screen
from domain.deadlines import deadline, next_due, tick
from domain.effects import AccountOrder, Effect
from domain.facts import Facts, Mail
from domain.journey import AskInsee, Do, SendMail, Work, next_move
from domain.messages import (
    ChoosePassword,
    ChooseThemes,
    ClaimEstablishment,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    Message,
    OpenLink,
    OperatorApprove,
    OperatorRefuse,
    PersonMessage,
    Step,
    Theme,
)
from domain.order import shown
from domain.people import Civility
from domain.policy import Policy
from domain.problems import Refused
from domain.view import View
from tests.domain.world import NOBODY, NUMBER, START, World

#: More work at one moment, and more moments of one wait, than any registration has: an endless round of
#: either is a failure to be told, not a test that hangs.
WORK_MAX = 50
MOMENTS_MAX = 500


class Registration:
    """One registration and its world."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.world = World()
        self.now = START
        self.facts = Facts(registration="r-1", started_at=START, since=START)
        self.sent: list[Mail] = []
        self.orders: list[AccountOrder] = []
        self.asked: list[Work] = []
        #: The link behind which the person stands, as the web process would have checked.
        self.behind = 0

    # ---- what is seen -------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What the person sees."""
        return shown(screen.view(self.facts, self.policy), self.behind)

    @property
    def step(self) -> Step:
        """The step the person sees."""
        return self.view.step

    @property
    def errors(self) -> list[str]:
        """The codes the person sees."""
        return [one.code for one in self.view.errors]

    @property
    def mails(self) -> list[str]:
        """The kinds of mails that left, oldest first."""
        return [mail.kind.value for mail in self.sent]

    @property
    def deadline(self) -> datetime | None:
        """Until when the person may answer."""
        return deadline(self.facts, self.policy)

    @property
    def order(self) -> AccountOrder:
        """The one account that was ordered."""
        assert len(self.orders) == 1
        return self.orders[0]

    # ---- what is done -------------------------------------------------------------------------------

    def send(self, message: Message) -> View:
        """Apply a message, do what follows, show the next screen."""
        self.facts = rules.accept(self.facts, self.policy, self.from_behind(message), self.now)
        self.work()
        return self.view

    def from_behind(self, message: Message) -> Message:
        """The message, as the person's."""
        return (
            message.model_copy(update={"behind": self.behind})
            if isinstance(message, PersonMessage)
            else message
        )

    def follow(self, link: int = 1) -> View:
        """Open the link, and go on from there."""
        self.send(OpenLink(link=link))
        self.behind = link
        return self.view

    def work(self) -> None:
        """Do all work the world answers."""
        self.facts = results.settle(self.facts, self.policy, self.now)
        for _ in range(WORK_MAX):
            move = next_move(self.facts, self.policy)
            if not isinstance(move, Do):
                return
            self.asked.append(move.work)
            answer = self.world.answer(move.work)
            if answer is None:
                if not isinstance(move.work, AskInsee) or move.work.patient or not self.world.insee_down:
                    return
                self.facts = results.insee_is_slow(self.facts, self.now)
                continue
            self.take(move.work, answer)
        pytest.fail(f"work without end: {self.asked[-2:]}")

    def take(self, work: Work, answer: Effect) -> None:
        """One answer of the world, wanted or not."""
        if isinstance(work, SendMail):
            assert START <= work.mail.decided_at <= self.now, "a mail says when it was decided"
            self.sent.append(work.mail)
        if isinstance(work, AccountOrder):
            self.orders.append(work)
        facts = results.apply(self.facts, self.policy, work, answer, self.now)
        self.facts = results.settle(facts, self.policy, self.now)

    def wait(self, duration: timedelta) -> None:
        """Let time pass; whatever falls due meanwhile happens at its moment."""
        until = self.now + duration
        for _ in range(MOMENTS_MAX):
            due = next_due(self.facts, self.policy)
            if due is None or due > until:
                self.now = until
                return
            self.now = max(self.now, due)
            self.sleep_until(self.now)
        pytest.fail(f"something is due again and again at {self.now}")

    def sleep_until(self, moment: datetime) -> None:
        """Jump, as a worker does that was stopped meanwhile, and do once what is due then."""
        self.now = moment
        self.facts = tick(self.facts, self.policy, self.now)
        self.work()

    def refusal(self, message: Message) -> str:
        """The code with which a message is refused; it must have changed nothing."""
        before = self.facts
        with pytest.raises(Refused) as refused:
            self.send(message)
        assert self.facts == before
        return " ".join(one.code for one in refused.value.problems)

    # ---- what the person does -----------------------------------------------------------------------

    def identify(self, email: str = NOBODY, **changes: Any) -> View:
        """The first form."""
        return self.send(identify(email, **changes))

    def themes(self, *themes: Theme) -> View:
        """The second form."""
        return self.send(ChooseThemes(themes=themes))

    def claim(self, siret: str, kind: Kind = Kind.MEMBER) -> View:
        """The third form."""
        return self.send(ClaimEstablishment(kind=kind, siret=siret))

    def number(self, number: str = NUMBER) -> View:
        """The member's number."""
        return self.send(GiveMemberNumber(number=number))

    def idcc(self, idcc: str = "1979") -> View:
        """The collective agreement."""
        return self.send(GiveIdcc(idcc=idcc))

    def back(self, leaving: Step) -> View:
        """« Précédent »."""
        return self.send(GoBack(leaving=leaving))

    def password(self, link: int = 1) -> View:
        """Open the link and choose a password."""
        return self.send(ChoosePassword(link=link))

    def approve(self) -> View:
        """An operator accepts."""
        return self.send(OperatorApprove(by="Sam", reason="vérifié par téléphone"))

    def refuse(self, reason: str = "Pas votre entreprise") -> View:
        """An operator refuses."""
        return self.send(OperatorRefuse(by="Sam", reason=reason))


def identify(email: str = NOBODY, **changes: Any) -> Identify:
    """The first form, filled in."""
    values = {"civility": Civility.MADAME, "last_name": "MARTIN", "first_name": "Camille", "email": email}
    return Identify(**{**values, **changes})
