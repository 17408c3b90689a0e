"""People who come at a rate, mixed over the branches; and the audit that every one of them ended right."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

import asyncpg

from benchmarks.figures import Row, p95, times
from benchmarks.people import Person
from benchmarks.rig import Rig

#: Of twenty people: contacts AKTO knows, members with their number, companies only INSEE knows.
MIX = ("known",) * 8 + ("number",) * 9 + ("insee",) * 3
#: What a person's whole way may take before it counts as not done.
PATIENCE = 180.0
AUDIT = """
SELECT accounts.email, count(attachments.siret) AS attached, min(proof) AS proof
FROM accounts JOIN credentials ON credentials.account_id = accounts.id
LEFT JOIN attachments ON attachments.account_id = accounts.id
WHERE accounts.email = ANY($1::text[]) GROUP BY accounts.email
"""
PROOFS = {"known": "contact_email", "number": "member_number", "insee": "idcc_declared"}


@dataclass
class Crowd:
    """Everybody who came.

    Attributes:
        steps: seconds from each form, and the opening of the link, to the answer.
        passwords: seconds of the last form, which are argon2id's more than anybody's.
        branches: who came, by address, and by which branch.
        failures: what went wrong in front of a person, and how often.
        again: how often « not now » was answered.
        inside: how many are under way.
    """

    under: Rig
    contacts: list[str]
    steps: list[float] = field(default_factory=list)
    passwords: list[float] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    again: int = 0
    inside: int = 0
    done: int = 0

    async def one(self, number: int) -> None:
        """One person, from the first form to the account; never raises."""
        branch = MIX[(number * 7) % len(MIX)]
        browser = self.under.browser(number)
        person = Person(self.under, browser, looks=True)
        if branch == "known":
            person.email = self.contacts.pop()
        self.branches[person.email] = branch
        self.inside += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._play(person, branch)
            self.done += 1
        except Exception as error:
            self.failures[f"{type(error).__name__} {error}"[:120]] += 1
        finally:
            self.inside -= 1
            self.again += person.again
            self.passwords += [took for step, took in person.took.items() if step == "password"]
            self.steps += [took for step, took in person.took.items() if step != "password"]
            browser.close()

    @staticmethod
    async def _play(person: Person, branch: str) -> None:
        if branch == "known":
            await person.identity()
        elif branch == "number":
            await person.by_number()
        else:
            await person.by_insee()
        await person.finish()

    async def wrong(self) -> list[str]:
        """Whoever did not end right, and how: no account, the wrong attachment, not the two mails."""
        connection = await asyncpg.connect(self.under.product.database_url)
        try:
            rows = {row["email"]: row for row in await connection.fetch(AUDIT, list(self.branches))}
        finally:
            await connection.close()
        found = []
        for email, branch in self.branches.items():
            row = rows.get(email)
            if row is None:
                found.append(f"{branch}: no account")
            elif row["attached"] != 1 or row["proof"] != PROOFS[branch]:
                found.append(f"{branch}: attached {row['attached']} times, {row['proof']}")
        return found

    async def welcomed(self, within: float) -> int:
        """How many have their welcome mail, waited for as long as that."""
        until = time.perf_counter() + within
        while True:
            kinds = ([mail.kind for mail in self.under.sink.mails.get(email, [])] for email in self.branches)
            count = sum(one.count("welcome") == 1 for one in kinds)
            if count == len(self.branches) or time.perf_counter() > until:
                return count
            await asyncio.sleep(0.5)

    def beside(self, calm: "Crowd", who: str = "", **goal: float) -> list[Row]:
        """How much slower than on the idle machine."""
        return [
            times(f"{who}{what} p95 beside the idle machine's", p95(ours), p95(theirs), **goal)
            for what, ours, theirs in (
                ("step", self.steps, calm.steps),
                ("password", self.passwords, calm.passwords),
            )
        ]


async def idle(under: Rig, contacts: list[str], people: int) -> Crowd:
    """On the idle machine: one person after the other."""
    crowd = Crowd(under, contacts)
    for number in range(people):
        await crowd.one(number)
    if crowd.failures:
        raise RuntimeError(f"on the idle machine: {crowd.failures}")
    return crowd
