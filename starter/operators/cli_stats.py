"""`stats`: how many registrations stand where, how old, and whether the machinery keeps up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from domain.messages import Step
from domain.view import Outcome
from infrastructure.attachment_reviews import waiting
from infrastructure.figures import figures
from starter.operators import executions, queries
from starter.operators.cli_reading import Json, WaitingOn
from starter.operators.desk import Desk, at_desk
from starter.operators.output import WAITING, ago, length, outcome, say, say_json, step, table
from starter.operators.queues import queues

app = typer.Typer()

#: Older than anything that can still be open.
LONG_AGO = timedelta(days=400)
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
    """Every figure, from counts: no list of registrations is ever read whole."""
    client = desk.client
    # One count a value: the server groups by nothing but the execution status.
    steps = {
        one.value: await executions.count(client, queries.joined(queries.OPEN, f'RegistrationStep = "{one}"'))
        for one in Step
    }
    branches = {
        one: await executions.count(
            client, queries.joined(queries.REGISTRATION, f'RegistrationBranch = "{one}"')
        )
        for one in BRANCHES
    }
    outcomes = {
        one.value: await executions.count(
            client, queries.joined(queries.REGISTRATION, f'RegistrationOutcome = "{one}"')
        )
        for one in Outcome
    }
    waits = {one.value: await _waiting(client, one, now) for one in WaitingOn}
    rows = await figures(desk.pool)
    count, oldest = await waiting(desk.pool)
    return {
        "open": await executions.count(client, queries.OPEN),
        "started": await executions.count(client, queries.REGISTRATION),
        "attention": await executions.count(
            client, queries.joined(queries.OPEN, "RegistrationAttention IS NOT NULL")
        ),
        "steps": steps,
        "waiting_on": waits,
        "branches": branches,
        "outcomes": outcomes,
        "queues": await queues(client, now),
        "mails": rows.mails,
        "sending": {"count": rows.sending, "oldest": rows.sending_since},
        "accounts": {"day": rows.accounts_day, "week": rows.accounts_week, "ever": rows.accounts_ever},
        "attachments_to_confirm": {"count": count, "oldest": oldest},
        "events_to_hand_over": {"count": rows.undelivered, "oldest": rows.undelivered_since},
    }


async def _waiting(client: Any, who: WaitingOn, now: datetime) -> dict[str, Any]:
    query = queries.joined(queries.OPEN, f'RegistrationWaitingOn = "{who}"')
    count = await executions.count(client, query)
    return {"count": count, "oldest": await _oldest(client, query, now) if count else None}


async def _oldest(client: Any, query: str, now: datetime) -> datetime | None:
    """Since when the oldest one waits: the server sorts by nothing of ours, so the moment is halved in on."""
    early, late = now - LONG_AGO, now
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        before = queries.joined(query, f"RegistrationSince < {queries.moment(middle)}")
        if await executions.count(client, before):
            late = middle
        else:
            early = middle
    async for one in executions.listed(
        client, queries.joined(query, f"RegistrationSince < {queries.moment(late + timedelta(seconds=1))}"), 1
    ):
        return one.since
    return late


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
