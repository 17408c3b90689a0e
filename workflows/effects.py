"""One call per activity, with its queue, time-outs and retries in one place.

Work in our own database is first tried as a local activity (one marker in the history, no round trip),
bounded so that a database that is down never holds a workflow task; then as an ordinary one, patiently.
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from domain.desk import MAILS, Public, summary_of
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
    MailOrder,
    MailReceipt,
    NewcomerLetters,
    NewcomerQuestion,
    NumberAnswer,
    NumberQuestion,
    RetentionOrder,
    RetentionReport,
)
from domain.facts import Facts
from domain.journey import AskInsee, SendMail, Work
from domain.order import proved
from domain.policy import Policy

TASK_QUEUE = "registration"
SIRENE_QUEUE = "registration-sirene"
MAIL_QUEUE = "registration-mail"

#: Longer than a relay may take to answer every command of one mail.
SENDING = timedelta(seconds=90)
#: A worker that was killed while sending is noticed by its silence, long before that.
SILENCE = timedelta(seconds=6)

RELAY_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10))

#: Work in our own database: activity, its input, its result.
_DATABASE: dict[type[Effect], tuple[str, type[Effect]]] = {
    ContactQuestion: ("look_up_contact", ContactAnswer),
    EstablishmentQuestion: ("recognise_establishment", EstablishmentAnswer),
    NumberQuestion: ("check_member_number", NumberAnswer),
    AccountOrder: ("create_account", AccountAnswer),
    BlockOrder: ("block_mailbox", BlockReceipt),
}
_WAITED_FOR = Priority(priority_key=1)
_PATIENT = Priority(priority_key=3)
_REMINDER = Priority(priority_key=5)
_REMINDERS = {MailKind.REMINDER_FORM, MailKind.REMINDER_LINK, MailKind.REMINDER_PASSWORD}


def start_local(work: Effect) -> "workflow.ActivityHandle[Any]":
    """Start work in our own database as a local activity: two tries, two seconds."""
    name, result = _DATABASE[type(work)]
    return workflow.start_local_activity(
        name,
        work,
        result_type=result,
        schedule_to_close_timeout=timedelta(seconds=2),
        retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2),
        summary=summary_of(work),  # type: ignore[arg-type]
    )


def start_letter(order: MailOrder) -> "workflow.ActivityHandle[Any]":
    """Send a mail that belongs to no step."""
    return workflow.start_activity(
        "send_mail",
        order,
        result_type=MailReceipt,
        task_queue=MAIL_QUEUE,
        start_to_close_timeout=SENDING,
        heartbeat_timeout=SILENCE,
        retry_policy=RELAY_RETRY,
        priority=_WAITED_FOR,
        summary=Public(f"Mail : {MAILS[order.kind]}"),
    )


def start_newcomer(question: NewcomerQuestion) -> "workflow.ActivityHandle[NewcomerLetters]":
    """Find whom to tell about a newcomer."""
    return workflow.start_activity(
        "newcomer_letters",
        question,
        result_type=NewcomerLetters,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
        priority=_REMINDER,
        summary=Public("Contacts de l'établissement à prévenir"),
    )


def start_retention(order: RetentionOrder) -> "workflow.ActivityHandle[RetentionReport]":
    """Delete what is past its period; begun again where it stopped, for it finds only what is left."""
    return workflow.start_activity(
        "apply_retention",
        order,
        result_type=RetentionReport,
        start_to_close_timeout=timedelta(hours=2),
        heartbeat_timeout=timedelta(minutes=1),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=10)),
        priority=_REMINDER,
        summary=Public("Suppression de ce qui a dépassé sa durée de conservation"),
    )


def start_ordinary(work: Work, facts: Facts, policy: Policy) -> "workflow.ActivityHandle[Any]":
    """Start the work as an ordinary activity."""
    match work:
        case SendMail(mail):
            brings_link = mail.kind.brings_confirmation_link
            order = MailOrder(
                registration=facts.registration,
                kind=mail.kind,
                ordinal=mail.ordinal,
                to="" if mail.kind is MailKind.OPERATORS_REVIEW else facts.address,
                link=mail.link if brings_link else None,
                link_hours=policy.link_hours,
                behind=facts.opened or 0 if proved(facts, policy) else 0,
                email_first=policy.confirm_email_first,
                decided_at=mail.decided_at,
                words=mail.words,
            )
            return workflow.start_activity(
                "send_mail",
                order,
                result_type=MailReceipt,
                task_queue=MAIL_QUEUE,
                start_to_close_timeout=SENDING,
                heartbeat_timeout=SILENCE,
                retry_policy=RELAY_RETRY,
                priority=_REMINDER if mail.kind in _REMINDERS else _WAITED_FOR,
                summary=summary_of(work),
            )
        case AskInsee(question, patient=False):
            return workflow.start_activity(
                "ask_insee",
                question,
                result_type=InseeAnswer,
                task_queue=SIRENE_QUEUE,
                schedule_to_close_timeout=timedelta(seconds=policy.insee_quick_seconds),
                retry_policy=RetryPolicy(maximum_attempts=1),
                priority=_WAITED_FOR,
                summary=summary_of(work),
            )
        case AskInsee(question):
            return workflow.start_activity(
                "ask_insee",
                question,
                result_type=InseeAnswer,
                task_queue=SIRENE_QUEUE,
                start_to_close_timeout=timedelta(seconds=8),
                retry_policy=RetryPolicy(
                    initial_interval=timedelta(seconds=2),
                    maximum_interval=timedelta(seconds=policy.insee_slowest_seconds),
                ),
                priority=_PATIENT,
                summary=summary_of(work),
            )
        case _:
            name, result = _DATABASE[type(work)]
            return workflow.start_activity(
                name,
                work,
                result_type=result,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=5)),
                priority=_WAITED_FOR,
                summary=summary_of(work),
            )
