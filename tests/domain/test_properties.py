"""Any registration: whatever is said, answered or late, in any order, these things hold.

The machine plays the three who act on a registration: people and operators (messages right, wrong, doubled,
stale), the world (answers wanted or late) and time. It knows nothing of the journey but what it promises.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import desk, results, rules, screen
from domain.card import card
from domain.deadlines import Phase, deadline, next_due, phase, tick
from domain.effects import (
    AccountAnswer,
    AccountOrder,
    BlockOrder,
    BlockReceipt,
    ContactAnswer,
    ContactQuestion,
    Effect,
    EstablishmentAnswer,
    EstablishmentQuestion,
    InseeAnswer,
    MailKind,
    MailReceipt,
    NumberAnswer,
    NumberQuestion,
    Proof,
)
from domain.facts import Facts
from domain.journey import Ask, AskInsee, Do, End, SendMail, Work, awaited, next_move
from domain.messages import (
    Abandon,
    ChoosePassword,
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    Disown,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    Message,
    NoMemberNumber,
    OpenLink,
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    PersonMessage,
    ReportBounce,
    ResendLink,
    Step,
    Theme,
)
from domain.order import FOR_ALL, only_behind, shown
from domain.people import Civility
from domain.policy import Policy
from domain.problems import TEXTS, Refused
from domain.view import Answers, Outcome

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHO = {"by": "Sam", "reason": "motif"}

NAMES = st.sampled_from(["MARTIN", "d'Orsay", "", "x9", "é" * 120])
EMAILS = st.sampled_from(["a@exemple.example", "b@exemple.example", "c@exemple.example", "", "a@", "é@x.fr"])
SIRETS = st.sampled_from(["00000001800010", "00000010900017", "000 000 026 00013", "000000018", "1", ""])
STAMPS = st.one_of(
    st.none(),
    st.integers(-40 * 86400, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(-90, 0).map(lambda seconds: timedelta(seconds=seconds)),
)

PEOPLE = st.one_of(
    st.builds(Identify, civility=st.sampled_from(Civility), last_name=NAMES, first_name=NAMES, email=EMAILS),
    st.builds(ChooseThemes, themes=st.lists(st.sampled_from(Theme), max_size=4).map(tuple)),
    st.builds(ClaimEstablishment, kind=st.sampled_from(Kind), siret=SIRETS),
    st.builds(GiveMemberNumber, number=st.sampled_from(["123456 001", "1", "", "#"])),
    st.just(NoMemberNumber()),
    st.builds(GiveIdcc, idcc=st.sampled_from(["0573", "1624", "", "x"])),
    st.builds(GoBack, leaving=st.sampled_from(Step)),
    st.builds(CorrectEmail, email=EMAILS),
    st.just(ResendLink()),
    st.builds(OpenLink, link=st.integers(1, 4)),
    st.builds(ChoosePassword, link=st.integers(1, 4)),
    st.just(ReportBounce()),
)
OPERATORS = st.sampled_from(
    [
        OperatorResend(**WHO),
        OperatorExtend(**WHO, days=7),
        OperatorRetry(**WHO),
        OperatorApprove(**WHO),
        OperatorRefuse(**WHO),
    ]
)
RIGHT_IDENTITY = st.sampled_from(["a@exemple.example", "b@exemple.example"]).map(
    lambda email: Identify(civility=Civility.MADAME, last_name="MARTIN", first_name="Camille", email=email)
)
ENDS = st.sampled_from([Abandon(), Disown(), OperatorCancel(**WHO)])


def answers(work: Work) -> st.SearchStrategy[Effect]:
    """Every answer the world may give to that work."""
    match work:
        case ContactQuestion(email=email):
            kinds = st.sampled_from(["none", "none", "contact", "account"])
            return kinds.map(
                lambda kind: ContactAnswer(about=email, kind=kind, address=email.lower(), email_hash="h")
            )
        case EstablishmentQuestion():
            statuses = st.sampled_from(["recognised", "no_number", "other_kind", "unrecognised"])
            return statuses.map(lambda status: EstablishmentAnswer(about=work, status=status))
        case NumberQuestion():
            verdicts = st.sampled_from(["right", "wrong", "wrong", "too_many"])
            return verdicts.map(lambda verdict: NumberAnswer(about=work, verdict=verdict))
        case AskInsee(question=question):
            statuses = st.sampled_from(["active", "active", "closed", "unknown", "not_public"])
            return st.builds(
                InseeAnswer,
                about=st.just(question.siret),
                status=statuses,
                closed_on=st.sampled_from([None, date(2021, 6, 30)]),
            )
        case AccountOrder(link=link):
            outcomes = st.sampled_from(
                ["created", "created", "unproved", "already_registered", "contact_gone"]
            )
            return outcomes.map(lambda status: AccountAnswer(about=link, status=status))
        case BlockOrder():
            return st.just(BlockReceipt())
        case SendMail(mail):
            # The ledger answers `has_account` to reminders alone.
            reminder = mail.kind.value.startswith("reminder")
            statuses = st.sampled_from(
                ["sent", "sent", "sent", "suppressed", "refused", "has_account" if reminder else "sent"]
            )
            return st.builds(MailReceipt, status=statuses, retry_at=st.sampled_from([None, START]))


class AnyRegistration(RuleBasedStateMachine):
    """One registration and everybody who acts on it, in the guide's order."""

    policy = Policy()

    @initialize(steps=st.integers(0, 7), data=st.data())
    def start(self, steps: int, data: st.DataObject) -> None:
        self.now = START
        self.facts = Facts(registration="r", started_at=START, since=START)
        self.asked: list[Work] = []
        self.mails: Counter[MailKind] = Counter()
        self.ordinals = 0
        self.addresses = 0
        self.operator_mails = 0
        self.created_by: AccountOrder | None = None
        self.become(self.facts)
        self.go_on(steps, data)

    # ---- who acts -----------------------------------------------------------------------------------

    @rule(message=PEOPLE, stamp=STAMPS, behind=st.integers(0, 4))
    def somebody_says(self, message: Any, stamp: timedelta | None, behind: int) -> None:
        """Anything, at any step, stamped by any clock, behind any link."""
        received = self.now + stamp if stamp is not None else None
        self.say(message.model_copy(update={"received_at": received, "behind": behind}))

    @rule(steps=st.integers(1, 4), data=st.data())
    def the_journey_goes_on(self, steps: int, data: st.DataObject) -> None:
        """The right message for the screen, and all the answers, a few times."""
        self.go_on(steps, data)

    def go_on(self, steps: int, data: st.DataObject) -> None:
        for _ in range(steps):
            self.the_person_goes_on(data)
            self.the_world_answers_all(data)

    @rule(data=st.data())
    def the_person_goes_on(self, data: st.DataObject) -> None:
        """The right message for the screen; who acts now."""
        links = [link.number for link in self.facts.links if not link.dead]
        link = data.draw(st.sampled_from(links)) if links else 1
        right: dict[Step, Message] = {
            Step.IDENTITY: data.draw(RIGHT_IDENTITY),
            Step.THEMES: ChooseThemes(themes=(Theme.CASES,)),
            Step.ESTABLISHMENT: ClaimEstablishment(kind=Kind.MEMBER, siret="00000001800010"),
            Step.MEMBER_NUMBER: GiveMemberNumber(number="123456 001"),
            Step.IDCC: GiveIdcc(idcc="0573"),
            Step.EMAIL_LINK: OpenLink(link=link),
            Step.PASSWORD: ChoosePassword(link=link),
            Step.REVIEW: data.draw(st.sampled_from([OperatorApprove(**WHO), OperatorRefuse(**WHO)])),
        }
        step = screen.view(self.facts, self.policy).step
        if step in right:
            self.say(self.from_behind(right[step]))

    def from_behind(self, message: Message) -> Message:
        """The message of who may act on what is shown."""
        gate = only_behind(self.facts, self.policy) or 0
        return message.model_copy(update={"behind": gate}) if isinstance(message, PersonMessage) else message

    @rule(leaving=st.booleans())
    def the_person_goes_back(self, leaving: bool) -> None:
        step = screen.view(self.facts, self.policy).step
        self.say(self.from_behind(GoBack(leaving=step)))
        if leaving:
            self.say(self.from_behind(GoBack(leaving=step)))

    @rule(message=OPERATORS)
    def an_operator_acts(self, message: Message) -> None:
        self.say(message)

    @rule(message=ENDS, dice=st.integers(0, 19))
    def somebody_ends_it(self, message: Message, dice: int) -> None:
        if dice == 0:
            self.say(message)

    @rule(data=st.data())
    def the_world_answers(self, data: st.DataObject) -> None:
        """What is asked now."""
        move = next_move(self.facts, self.policy)
        if isinstance(move, Do):
            self.answer(move.work, data.draw(answers(move.work)))

    @rule(data=st.data())
    def the_world_answers_all(self, data: st.DataObject) -> None:
        """Until nothing is asked any more."""
        for _ in range(20):
            move = next_move(self.facts, self.policy)
            if not isinstance(move, Do):
                return
            self.answer(move.work, data.draw(answers(move.work)))
        raise AssertionError("work without end")

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def the_world_answers_late(self, data: st.DataObject) -> None:
        """What was asked once: unless it is asked now, nothing happens."""
        work = data.draw(st.sampled_from(self.asked))
        before = self.facts
        wanted = self.wanted(work)
        self.answer(work, data.draw(answers(work)))
        assert wanted or self.facts == before

    @rule()
    def work_fails(self) -> None:
        """INSEE's quick try, or a mail, for good."""
        move = next_move(self.facts, self.policy)
        if isinstance(move, Do) and isinstance(move.work, AskInsee) and not move.work.patient:
            self.become(results.insee_is_slow(self.facts, self.now))
        if isinstance(move, Do) and isinstance(move.work, SendMail):
            self.become(results.mail_failed(self.facts, move.work.mail))

    @rule(seconds=st.sampled_from([1, 30, 61, 61, 61, 3601, 7201, 86_401, 3 * 86_400, 8 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        """As the workflow keeps it: what falls due happens at its moment."""
        until = self.now + timedelta(seconds=seconds)
        for _ in range(20):
            due = next_due(self.facts, self.policy)
            if due is None or due > until:
                self.now = until
                return
            if due > self.now:
                assert tick(self.facts, self.policy, due - timedelta(seconds=1)) == self.facts
                self.now = due
            self.become(tick(self.facts, self.policy, self.now))
        raise AssertionError("time stands still")

    @rule(hours=st.sampled_from([1, 3, 3, 25, 80, 80, 300]))
    def the_worker_stands_still(self, hours: int) -> None:
        """Then does at once what fell due: one tick settles it."""
        self.now += timedelta(hours=hours)
        self.become(tick(self.facts, self.policy, self.now))
        due = next_due(self.facts, self.policy)
        assert due is None or due > self.now

    # ---- what it does -------------------------------------------------------------------------------

    def say(self, message: Message) -> None:
        before = self.facts
        try:
            after = rules.accept(before, self.policy, message, self.now)
        except Refused as refusal:
            self.check_refusal(refusal)
            return
        assert after == rules.accept(before, self.policy, message, self.now)
        if isinstance(message, Identify | CorrectEmail):
            known = before.drafts.identity.email if before.drafts.identity else None
            now = after.identity.email if after.identity else None
            self.addresses += known != now
        self.operator_mails += isinstance(message, OperatorResend | OperatorApprove)
        self.become(after)

    def check_refusal(self, refusal: Refused) -> None:
        assert refusal.problems
        assert all(one.code in TEXTS for one in refusal.problems)

    def answer(self, work: Work, answer: Effect) -> None:
        before = self.facts
        self.become(results.apply(self.facts, self.policy, work, answer, self.now))
        if self.facts.created and not before.created:
            assert isinstance(work, AccountOrder)
            self.created_by = work

    def wanted(self, work: Work) -> bool:
        if isinstance(work, SendMail):
            return work.mail in self.facts.outgoing
        move = awaited(self.facts, self.policy)
        return isinstance(move, Do) and move.work == work

    def become(self, facts: Facts) -> None:
        """The one place where facts change: what must hold between before and after."""
        before = self.facts
        self.facts = results.settle(facts, self.policy, self.now)
        assert results.settle(self.facts, self.policy, self.now) == self.facts
        if before.closing is not None:
            assert self.facts.closing is before.closing
        assert self.facts.created >= before.created
        assert before.since <= self.facts.since <= self.now
        for count in ("claims", "wrong_numbers", "resends", "refusals", "mails"):
            assert getattr(self.facts, count) >= getattr(before, count)
        # Mailbox first, what was typed behind a link goes with the address it proved.
        moved = self.policy.confirm_email_first and before.opened is not None and self.facts.opened is None
        for draft in ("identity", *(() if moved else ("themes", "claim"))):
            assert getattr(before.drafts, draft) is None or getattr(self.facts.drafts, draft) is not None
        for mail in self.facts.outgoing:
            if mail.ordinal > self.ordinals:
                self.ordinals = mail.ordinal
                self.mails[mail.kind] += 1
        move = next_move(self.facts, self.policy)
        if isinstance(move, Do) and move.work not in self.asked:
            self.asked.append(move.work)

    # ---- what holds ---------------------------------------------------------------------------------

    @invariant()
    def the_next_move_is_legal(self) -> None:
        match next_move(self.facts, self.policy):
            case Ask(step):
                assert step is not Step.DONE
                assert not self.facts.outgoing
            case Do(AccountOrder() as order):
                self.check_order(order)
            case Do(SendMail(mail)):
                assert mail == self.facts.outgoing[0]
            case Do(BlockOrder(address=address)):
                assert (self.facts.blocked, bool(address)) == (True, True)
            case Do():
                pass
            case End(outcome):
                assert outcome is (self.facts.closing or outcome)
                assert self.facts.closing is not None or self.facts.created

    def check_order(self, order: AccountOrder) -> None:
        facts = self.facts
        assert facts.contact is not None
        assert order.identity == facts.identity
        assert order.address == facts.contact.address
        link = facts.link(order.link)
        assert link is not None
        assert not link.dead
        if facts.known:
            assert (order.claim, order.proof, order.themes) == (None, Proof.CONTACT_EMAIL, ())
            return
        assert order.claim == facts.claim is not None
        assert order.themes == facts.themes
        right = facts.verdict is not None and facts.verdict.verdict == "right"
        declared = facts.idcc is not None and facts.insee is not None and facts.insee.status == "active"
        proved = {
            Proof.OPERATOR: facts.approved,
            Proof.MEMBER_NUMBER: right,
            Proof.IDCC_DECLARED: declared,
            Proof.CONTACT_EMAIL: False,
        }
        assert proved[order.proof]

    @invariant()
    def an_account_was_asked_for_with_a_live_link(self) -> None:
        if self.facts.created:
            assert self.facts.closing is None
            assert self.facts.chosen is not None
            assert self.created_by is not None
            assert self.created_by.link == self.facts.chosen
        assert self.facts.chosen is None or self.facts.opened is not None

    @invariant()
    def who_waits_for_a_person_has_a_deadline(self) -> None:
        until = deadline(self.facts, self.policy)
        move = awaited(self.facts, self.policy)
        asks_the_person = isinstance(move, Ask) and move.step is not Step.REVIEW
        assert (until is not None) == asks_the_person
        if until is not None:
            assert until >= self.facts.since + timedelta(days=self.policy.life_days)
            assert next_due(self.facts, self.policy) is not None
        if phase(self.facts, self.policy) is Phase.OVER:
            assert next_due(self.facts, self.policy) is None

    @invariant()
    def mails_stay_within_the_plan(self) -> None:
        facts, sent = self.facts, self.mails
        links = sent[MailKind.CONFIRMATION] + sent[MailKind.APPROVED] + sent[MailKind.ALREADY_ACCOUNT]
        assert facts.resends <= self.policy.resends
        assert links <= self.addresses + facts.resends + self.operator_mails
        assert sent[MailKind.REMINDER_FORM] <= 2 * self.addresses
        assert sent[MailKind.REMINDER_LINK] + sent[MailKind.REMINDER_PASSWORD] <= 2 * self.addresses
        assert sent[MailKind.INSEE_BACK] <= facts.claims
        assert sent[MailKind.IN_REVIEW] <= facts.claims + self.addresses
        assert sent[MailKind.OPERATORS_REVIEW] <= 3 * (facts.claims + self.addresses)
        assert sent[MailKind.REFUSED] <= 2
        assert sent[MailKind.EXPIRED] + sent[MailKind.WELCOME] <= 1
        assert sent[MailKind.RESUME] == 0
        assert sent.total() <= facts.mails

    @invariant()
    def mails_bring_live_links_once(self) -> None:
        numbers = [link.number for link in self.facts.links]
        assert numbers == list(range(1, len(numbers) + 1))
        ordinals = [mail.ordinal for mail in self.facts.outgoing]
        assert ordinals == sorted(set(ordinals))
        for mail in self.facts.outgoing:
            link = self.facts.link(mail.link) if mail.link else None
            assert mail.link is None or (link is not None and not link.dead and link.sent_at is None)
        assert sum(mail.link is not None for mail in self.facts.outgoing) <= 1

    @invariant()
    def standing_answers_are_what_was_typed_last(self) -> None:
        facts = self.facts
        for answer in ("identity", "themes", "claim", "idcc"):
            assert getattr(facts, answer) in (None, getattr(facts.drafts, answer))
        if facts.claim is None:
            depending = (facts.recognition, facts.insee, facts.insee_slow_since, facts.number, facts.verdict)
            assert not any(depending)
            assert not any((facts.idcc, facts.no_number, facts.approved, facts.review_since))

    @invariant()
    def everybody_can_look(self) -> None:
        view = screen.view(self.facts, self.policy)
        assert view.step is rules.step_of(self.facts, self.policy)
        assert not (view.busy and view.outcome)
        found = desk.attributes(self.facts, self.policy)
        shown = card(self.facts, self.policy)
        assert found.step == view.step.value
        assert len(shown.encode()) < 2000
        for typed in ("exemple.example", "MARTIN", "Camille", "00000001800010", "123456"):
            assert typed not in shown
            assert typed not in repr(found)


class MailboxFirst(AnyRegistration):
    """The same, where the mailbox comes first."""

    policy = Policy(confirm_email_first=True)

    @invariant()
    def the_branch_shows_behind_a_link_alone(self) -> None:
        facts = self.facts
        view = screen.view(facts, self.policy)
        if facts.opened is None:
            assert view.step in (Step.IDENTITY, Step.EMAIL_LINK, Step.DONE)
            assert (facts.themes, facts.claim, facts.chosen) == (None, None, None)
            assert (facts.drafts.themes, facts.drafts.claim, facts.drafts.idcc) == (None, None, None)
            return
        opened = facts.link(facts.opened)
        assert opened is not None
        assert not opened.dead
        assert view.only_behind is not None
        assert view.only_behind <= facts.opened
        seen = shown(view, view.only_behind - 1)
        assert seen.step in (Step.EMAIL_LINK, Step.DONE)
        assert seen.outcome is not Outcome.REFUSED
        assert (seen.answers, seen.errors, seen.establishment) == (Answers(), (), None)

    @rule(message=PEOPLE)
    def who_began_changes_nothing_behind_the_link(self, message: Any) -> None:
        """But for what needs no link."""
        if only_behind(self.facts, self.policy) is None or isinstance(message, FOR_ALL):
            return
        before = self.facts
        self.say(message)
        assert self.facts == before


TestMailboxFirst = MailboxFirst.TestCase
TestMailboxFirst.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestAnyRegistration = AnyRegistration.TestCase
TestAnyRegistration.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
