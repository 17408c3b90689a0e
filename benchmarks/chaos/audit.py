"""What became of each registration, asked of Temporal, PostgreSQL and the mailbox alike."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from benchmarks.chaos.branches import PASSWORD
from benchmarks.chaos.person import Person
from benchmarks.chaos.post import Letter
from benchmarks.chaos.stage import PATIENCE, Stage
from domain.people import email_key
from infrastructure.accounts import Accounts
from infrastructure.passwords import PasswordHasher
from starter.registrations import workflow_id
from workflows.registration import Result

PROOFS = "SELECT email_key FROM pending_credentials WHERE registration_id = $1 AND consumed_at IS NOT NULL"
ATTACHED = "SELECT siret, proof FROM attachments WHERE account_id = $1"
UNPROVED = """
SELECT count(*) AS unproved FROM accounts WHERE NOT EXISTS (
    SELECT FROM pending_credentials AS proof WHERE proof.registration_id = accounts.registration_id
    AND proof.email_key = accounts.email_key AND proof.consumed_at IS NOT NULL
)
"""
SENT = "SELECT message_id FROM mail_ledger WHERE status = 'sent'"
SENDING = """
SELECT count(*) AS n FROM mail_ledger WHERE status = 'sending' AND registration_id <> ALL($1::uuid[])
"""
EXCUSED = "SELECT message_id FROM mail_ledger WHERE status = 'sending' AND registration_id = ANY($1::uuid[])"
#: Written to contacts of an establishment, once a day; people here may be such contacts.
_TOLERATED = {"newcomer"}


@dataclass
class Findings:
    """What is wrong with some registrations; `same_id` is the one window SMTP leaves open."""

    registrations: int = 0
    lost: int = 0
    wrong_ends: int = 0
    without_proof: int = 0
    duplicates: int = 0
    same_id: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing that must be nought is anything else."""
        return not (self.lost or self.wrong_ends or self.without_proof or self.duplicates or self.words)

    def add(self, other: "Findings") -> None:
        """Count others in."""
        self.registrations += other.registrations
        self.lost += other.lost
        self.wrong_ends += other.wrong_ends
        self.without_proof += other.without_proof
        self.duplicates += other.duplicates
        self.same_id += other.same_id
        self.words += other.words


def mails(letters: Sequence[Letter], wanted: frozenset[str], tolerated: frozenset[str]) -> Findings:
    """What is wrong with the mails one person got: one of each wanted kind, and no other."""
    found = Findings()
    by_kind: dict[str, Counter[str]] = {}
    for letter in letters:
        by_kind.setdefault(letter.kind, Counter())[letter.message_id] += 1
    for kind, ids in by_kind.items():
        if kind not in wanted | tolerated:
            found.words.append(f"mail {kind} was not due")
        found.duplicates += max(0, len(ids) - 1) if kind not in _TOLERATED else 0
        for name, times in ids.items():
            contents = {one.content for one in letters if one.message_id == name}
            found.duplicates += len(contents) - 1
            found.same_id += times - len(contents)
    found.words += [f"mail {kind} is missing" for kind in sorted(wanted - by_kind.keys())]
    return found


async def of(stage: Stage, person: Person) -> Findings:
    """What became of one person."""
    found = Findings(registrations=1)
    if person.registration is None:
        found.lost += 1
        found.words.append("never started")
        return found
    await _in_temporal(stage, person, found)
    await _in_postgresql(stage, person, found)
    stage.post.read()
    letters = [letter for address in person.addresses for letter in stage.post.of(address)]
    if person.gone:
        wanted: frozenset[str] = frozenset()
        tolerated = person.branch.mails | person.extra | _TOLERATED
    else:
        wanted, tolerated = (person.branch.mails | person.extra) - person.missing, frozenset(_TOLERATED)
    if person.refused:  # the mail that came back was never taken by the relay
        letters = [
            one
            for one in letters
            if one not in stage.post.of(person.addresses[0]) or one.kind != person.branch.link
        ]
    found.add(mails(letters, wanted, tolerated))
    return found


async def _in_temporal(stage: Stage, person: Person, found: Findings) -> None:
    assert person.registration is not None
    handle = stage.client.get_workflow_handle(workflow_id(person.registration), result_type=Result)
    wanted = "left" if person.gone == "left" else person.gone or "registered"
    until = time.monotonic() + PATIENCE
    while True:
        try:
            status = (await handle.describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                found.lost += 1
                found.words.append("Temporal does not know it")
                return
            status = None
        if status is not None and (wanted == "left" or status is not WorkflowExecutionStatus.RUNNING):
            break
        if time.monotonic() > until:
            found.lost += 1
            found.words.append("does not go on")
            return
        await asyncio.sleep(0.3)
    if wanted == "left":
        if status is not WorkflowExecutionStatus.RUNNING:
            found.wrong_ends += 1
            found.words.append("ended though it was left")
    elif status is not WorkflowExecutionStatus.COMPLETED or (await handle.result()).outcome != wanted:
        found.wrong_ends += 1
        found.words.append(f"not {wanted}")


async def _in_postgresql(stage: Stage, person: Person, found: Findings) -> None:
    assert person.registration is not None
    account = await Accounts(stage.pool).account_by_registration(person.registration)
    if account is None:
        if not person.gone:
            found.wrong_ends += 1
            found.words.append("no account")
        return
    proofs = {row["email_key"] for row in await stage.rows(PROOFS, person.registration)}
    if not person.chose or email_key(person.address) not in proofs:
        found.without_proof += 1
    attached = {(row["siret"], row["proof"]) for row in await stage.rows(ATTACHED, account.id)}
    credential = await Accounts(stage.pool).credential(account.id)
    hasher = PasswordHasher(stage.settings)
    try:
        opens = credential is not None and await hasher.verify(credential.password_hash, PASSWORD)
    finally:
        hasher.close()
    right = (
        attached == {person.branch.attachment}
        and opens
        and email_key(account.email) == email_key(person.address)
    )
    if person.gone or not right:
        found.wrong_ends += 1
        found.words.append("an account that should not be" if person.gone else "a wrong account")


async def of_all(stage: Stage, people: Sequence[Person], excused: Sequence[UUID] = ()) -> list[str]:
    """What is wrong with the whole: nobody more than we know of, nothing left undone.

    A mail whose answer the relay withheld stays without an end in the ledger when its registration ends
    meanwhile: given up, or because the person has used that very link. Of those that met such a relay
    (`excused`) this is no difference.
    """
    wrong: list[str] = []
    known = {workflow_id(person.registration) for person in people if person.registration}
    until = time.monotonic() + 15
    while True:  # lists are a moment behind
        listed = {
            one.id: one.status async for one in stage.client.list_workflows("WorkflowType = 'Registration'")
        }
        if known <= listed.keys() or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    wrong += [f"{len(listed.keys() - known)} registrations nobody made"] if listed.keys() - known else []
    wrong += [f"{len(known - listed.keys())} registrations not listed"] if known - listed.keys() else []
    bad = {
        WorkflowExecutionStatus.FAILED,
        WorkflowExecutionStatus.TERMINATED,
        WorkflowExecutionStatus.TIMED_OUT,
    }
    wrong += [f"{one.name} workflows" for one in set(listed.values()) if one in bad]
    (row,) = await stage.rows(UNPROVED)
    if row["unproved"]:
        wrong.append(f"{row['unproved']} accounts without proof")
    registered = sum(not person.gone for person in people if person.registration)
    (row,) = await stage.rows("SELECT count(*) AS accounts FROM accounts")
    if row["accounts"] != registered:
        wrong.append(f"{row['accounts']} accounts, {registered} people registered")
    return wrong + await _undone(stage, list(excused))


async def unsettled(stage: Stage, people: Sequence[Person]) -> int:
    """How many mails of these stay without an end in the ledger."""
    ids = [person.registration for person in people if person.registration]
    return len(await stage.rows(EXCUSED, ids))


async def _undone(stage: Stage, excused: list[UUID]) -> list[str]:
    """Letters that are still due, mails whose end is not known, ledger and mailbox at odds."""
    until = time.monotonic() + 30
    while True:
        due = (await stage.rows("SELECT count(*) AS n FROM letters_due"))[0]["n"]
        sending = (await stage.rows(SENDING, excused))[0]["n"]
        letters = (
            await stage.client.count_workflows(
                "WorkflowType IN ('Letter', 'Newcomer') AND ExecutionStatus = 'Running'"
            )
        ).count
        if not (due or sending or letters) or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    wrong = [f"{due} letters due"] if due else []
    wrong += [f"{sending} mails neither sent nor refused"] if sending else []
    wrong += [f"{letters} letters under way"] if letters else []
    stage.post.read()
    arrived = {letter.message_id for letters_ in stage.post.letters.values() for letter in letters_}
    sent = {str(row["message_id"]).strip("<>") for row in await stage.rows(SENT)}
    arrived -= {str(row["message_id"]).strip("<>") for row in await stage.rows(EXCUSED, excused)}
    wrong += [f"{len(sent - arrived)} mails in the ledger alone"] if sent - arrived else []
    wrong += [f"{len(arrived - sent)} mails in the mailbox alone"] if arrived - sent else []
    return wrong
