"""`stats`: how many registrations stand where, how old, and whether the machinery keeps up."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from domain.messages import Step
from domain.view import Outcome
from infrastructure.attachment_reviews import waiting
from infrastructure.figures import figures
from starter.operators import executions, queries
from starter.operators.cli_reading import Json
from starter.operators.desk import Desk, at_desk
from starter.operators.executions import Execution
from starter.operators.output import ago, length, outcome, say, say_json, step, table
from starter.operators.queues import queues
from starter.operators.words import ATTENTION, WAITING, WaitingOn

app = typer.Typer()

NEVER = datetime.max.replace(tzinfo=UTC)
BRANCHES = {
    "identity": "adresse en cours de recherche",
    "known": "contact connu",
    "unknown": "inconnu, établissement pas encore trouvé",
    "number": "reconnu par AKTO (numéro)",
    "idcc": "connu de l’INSEE seulement (IDCC)",
    "review": "examen",
}


@app.command("stats")
def stats_command(as_json: Json = False) -> None:
    """Compter : par étape, les plus anciennes, les workers, les files, les courriels, l'entonnoir."""
    now = datetime.now(UTC)
    found = at_desk(lambda desk: gathered(desk, now))
    if as_json:
        mails = [
            {"kind": kind, "status": status, "count": count}
            for (kind, status), count in found["mails"].items()
        ]
        say_json({**found, "mails": mails})
    else:
        _show(found, now)


async def gathered(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every figure: the open registrations in one pass (the server groups by nothing of ours and lets few
    counts a second through), those that have ended by one count an outcome and a branch.
    """
    client = desk.client
    crowd = Counted()
    async for one in executions.listed(client, queries.OPEN):
        crowd.add(one)
    closed = queries.joined(queries.REGISTRATION, "CloseTime IS NOT NULL")
    outcomes = {
        one.value: await executions.count(client, queries.joined(closed, f'RegistrationOutcome = "{one}"'))
        for one in Outcome
    }
    branches = {
        one: crowd.branches[one]
        + await executions.count(client, queries.joined(closed, f'RegistrationBranch = "{one}"'))
        for one in BRANCHES
    }
    rows = await figures(desk.pool)
    count, oldest = await waiting(desk.pool)
    return {
        "open": crowd.open,
        "started": crowd.open + await executions.count(client, closed),
        "attention": crowd.attention.total(),
        "steps": {one.value: crowd.steps[one.value] for one in Step},
        "waiting_on": {
            one.value: {"count": crowd.waiting[one.value], "oldest": crowd.oldest.get(one.value)}
            for one in WaitingOn
        },
        "reasons": dict(crowd.attention),
        "branches": branches,
        "outcomes": outcomes,
        "queues": await queues(client, now),
        "mails": rows.mails,
        "sending": {"count": rows.sending, "oldest": rows.sending_since},
        "accounts": {"day": rows.accounts_day, "week": rows.accounts_week, "ever": rows.accounts_ever},
        "attachments_to_confirm": {"count": count, "oldest": oldest},
        "events_to_hand_over": {"count": rows.undelivered, "oldest": rows.undelivered_since},
    }


@dataclass
class Counted:
    """Open registrations, counted as they come; `oldest`: since when, by whom they wait for."""

    open: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    attention: Counter[str] = field(default_factory=Counter)
    branches: Counter[str] = field(default_factory=Counter)
    oldest: dict[str, datetime] = field(default_factory=dict)

    def add(self, one: Execution) -> None:
        """Count one more."""
        self.open += 1
        self.steps[one.step or ""] += 1
        self.branches[one.branch or ""] += 1
        if one.attention:
            self.attention[one.attention] += 1
        if one.waiting_on:
            self.waiting[one.waiting_on] += 1
            if one.since and one.since < self.oldest.get(one.waiting_on, NEVER):
                self.oldest[one.waiting_on] = one.since


def _show(found: dict[str, Any], now: datetime) -> None:
    say(f"{found['open']} inscriptions en cours, dont {found['attention']} à regarder")
    table(
        ["Étape", "En cours"],
        [[step(name), str(number)] for name, number in found["steps"].items() if number],
    )
    table(
        ["On attend", "Combien", "La plus ancienne"],
        [
            [WAITING[who], str(one["count"]), ago(one["oldest"], now)]
            for who, one in found["waiting_on"].items()
        ],
    )
    table(
        ["À regarder", "Combien"],
        [[ATTENTION.get(why, why), str(number)] for why, number in found["reasons"].items()],
    )
    table(
        ["File", "Workers", "En attente d'un worker", "Depuis"],
        [
            [
                f"{one.name} ({one.kind})", str(one.pollers), str(one.backlog),
                length(timedelta(seconds=one.backlog_seconds)) if one.backlog else "–",
            ]
            for one in found["queues"]
        ],
    )  # fmt: skip
    table(
        ["Courriels (24 h)", "État", "Combien"],
        [[kind, status, str(number)] for (kind, status), number in found["mails"].items()],
    )
    started, ended = found["started"], found["outcomes"]
    funnel = [["commencées (encore dans Temporal)", str(started), "100 %" if started else "–"]]
    funnel += [
        [f"par la voie : {BRANCHES[name]}", str(n), _share(n, started)]
        for name, n in found["branches"].items()
    ]
    funnel += [[f"fin : {outcome(name)}", str(n), _share(n, started)] for name, n in ended.items()]
    table(["Entonnoir", "Combien", "Part"], funnel)
    accounts = found["accounts"]
    say(
        f"Comptes créés : {accounts['day']} en 24 h, {accounts['week']} en 7 jours,"
        f" {accounts['ever']} en tout"
    )
    for words, one in (
        ("Rattachements à confirmer", found["attachments_to_confirm"]),
        ("Événements à remettre au portail", found["events_to_hand_over"]),
        ("Courriels commencés il y a plus de 10 min", found["sending"]),
    ):
        say(
            f"{words} : {one['count']}"
            + (f" (le plus ancien : {ago(one['oldest'], now)})" if one["count"] else "")
        )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"
