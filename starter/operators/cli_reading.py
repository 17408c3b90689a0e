"""`list`, `show`, `find`, `vues`: looking, without changing anything."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from temporalio.envconfig import ClientConfig

from domain.desk import ID_PREFIX
from domain.messages import Step
from domain.people import read_email
from infrastructure.accounts import Accounts
from infrastructure.audit import of_registration
from infrastructure.database import DatabaseUnavailable
from infrastructure.figures import account_since, mails_of, stalled
from infrastructure.tokens import email_hash
from starter.operators import executions, queries
from starter.operators.desk import Desk, at_desk
from starter.operators.executions import DeskError, Execution
from starter.operators.output import ago, moment, outcome, say, say_json, step, table, warn
from starter.operators.words import ATTENTION, WAITING, WaitingOn

app = typer.Typer()
Json = Annotated[bool, typer.Option("--json", help="Pour un programme : JSON sur la sortie standard")]


@app.command("list")
def list_command(
    stuck: Annotated[bool, typer.Option("--stuck", help="Seulement celles qui demandent un regard")] = False,
    waiting_on: Annotated[WaitingOn | None, typer.Option("--waiting-on", help="De qui on attend")] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="En attente depuis plus de 45m, 2h, 3j")
    ] = None,
    at_step: Annotated[Step | None, typer.Option("--step", help="À cette étape")] = None,
    query: Annotated[
        str | None, typer.Option("--query", help="Condition de plus, dans la syntaxe de Temporal")
    ] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Celles qui sont terminées")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Combien au plus")] = 100,
    as_json: Json = False,
) -> None:
    """Lister les inscriptions (celles en cours, sauf --ended)."""
    now = datetime.now(UTC)
    base = queries.joined(
        f"{queries.REGISTRATION} AND CloseTime IS NOT NULL" if ended else queries.OPEN,
        f"RegistrationWaitingOn = {queries.text(waiting_on)}" if waiting_on else None,
        f"RegistrationStep = {queries.text(at_step)}" if at_step else None,
        f"RegistrationSince < {queries.moment(now - _duration(older_than))}" if older_than else None,
        f"({query})" if query else None,
    )

    async def work(desk: Desk) -> tuple[list[tuple[Execution, str]], int]:
        if stuck:
            every = await _stuck(desk, base, now)
            return every[:limit], len(every)
        found = [(one, "") async for one in executions.listed(desk.client, base, limit)]
        return found, await executions.count(desk.client, base)

    found, whole = at_desk(work)
    if as_json:
        rows = [{**_plain(one), **({"why": why} if why else {})} for one, why in found]
        say_json({"registrations": rows, "count": whole})
        return
    table(
        ["Inscription", "Étape", "Attend", "À regarder", "Depuis", "Échéance", "État"],
        [_row(one, why, now) for one, why in found],
    )
    say(f"{len(found)} affichées sur {whole}" if len(found) < whole else f"{whole} en tout")


async def _stalled(desk: Desk) -> list[UUID]:
    """Mails that do not leave, which lists show only once a reminder is due."""
    try:
        return await stalled(desk.pool, 200)
    except DatabaseUnavailable as error:
        warn(f"{error} : les courriels qui ne partent pas ne sont pas vérifiés")
        return []


async def _stuck(desk: Desk, base: str, now: datetime) -> list[tuple[Execution, str]]:
    """Each reason is asked by itself: one that this server does not know costs no other."""
    rows: dict[UUID, tuple[Execution, dict[str, None]]] = {}
    for why, condition in queries.stuck(now):
        try:
            async for one in executions.listed(desk.client, queries.joined(base, condition)):
                words = (
                    ATTENTION.get(one.attention or "", one.attention or why) if why == "attention" else why
                )
                rows.setdefault(one.registration, (one, {}))[1][words] = None
        except DeskError as error:
            if not error.query:
                raise
            warn(f"non vérifié, ce serveur ne le sait pas : {why}")
    for registration in await _stalled(desk):
        found = await executions.described(desk.client, registration)
        if found and found.execution.open:
            rows.setdefault(registration, (found.execution, {}))[1][ATTENTION["mail_late"]] = None
    oldest_first = sorted(rows.values(), key=lambda row: row[0].since or now)
    return [(one, " ; ".join(words)) for one, words in oldest_first]


def _row(one: Execution, why: str, now: datetime) -> list[str]:
    waits = WAITING.get(one.waiting_on or "", one.waiting_on or "–")
    seen = why or ATTENTION.get(one.attention or "", one.attention or "")
    state = one.status_words if one.open else f"{one.status_words} : {outcome(one.outcome)}"
    return [
        str(one.registration), step(one.step), waits if one.open else "–", seen or "–",
        ago(one.since, now), moment(one.deadline) if one.open else "–", state,
    ]  # fmt: skip


def _plain(one: Execution) -> dict[str, Any]:
    return {**vars(one), "status": one.status_words, "open": one.open}


@app.command("show")
def show_command(
    registration: Annotated[
        UUID,
        typer.Argument(
            help="L'inscription (avec ou sans « registration- »)", parser=lambda text: read_id(text)
        ),
    ],
    as_json: Json = False,
) -> None:
    """Montrer une inscription : ce qui est attendu, ce qui s'est passé, ce qui débloque."""

    async def work(desk: Desk) -> dict[str, Any]:
        found = await executions.described(desk.client, registration)
        shown: dict[str, Any] = {"registration": registration, "known": found is not None}
        if found:
            shown |= {
                **_plain(found.execution),
                "pending": found.pending,
                "card": await executions.card(desk.client, registration),
                "journal": await executions.journal(desk.client, registration),
            }
        try:
            shown |= {
                "account_since": await account_since(desk.pool, registration),
                "mails": await mails_of(desk.pool, registration),
                "acts": await of_registration(desk.pool, registration),
            }
        except DatabaseUnavailable as error:
            warn(f"{error} : courriels et actes ne sont pas montrés")
        return shown

    shown = at_desk(work)
    if journal := shown.get("journal"):
        shown["journal"] = journal.model_dump()
    if as_json:
        say_json(shown)
    else:
        _show(shown)
    if not shown["known"] and not shown.get("mails"):
        raise typer.Exit(1)


def _show(shown: dict[str, Any]) -> None:
    say(f"Inscription {shown['registration']}")
    if not shown["known"]:
        say("Temporal ne la connaît pas, ou ne l'a plus (terminée, puis effacée après sa rétention).")
    else:
        say(f"État : {shown['status']}" + (f" – {outcome(shown['outcome'])}" if shown["outcome"] else ""))
        say("")
        say(shown["card"] or _without_card(shown))
    if shown.get("problems"):
        say("\nErreur de code (la tâche du workflow échoue) : " + ", ".join(shown["problems"]))
    if pending := shown.get("pending"):
        rows = [
            [
                one.name,
                str(one.attempt),
                "suspendue" if one.paused else moment(one.next_try),
                one.failure or "–",
            ]
            for one in pending
        ]
        table(["Travail en attente", "Essai", "Prochain essai", "Dernier échec"], rows)
    if mails := shown.get("mails"):
        rows = [
            [one.kind, one.status, one.reply or "–", str(one.attempts), moment(one.decided_at)]
            for one in mails
        ]
        table(["Courriel", "État", "Réponse", "Essais", "Décidé le"], rows)
    if entries := (shown.get("journal") or {}).get("entries"):
        rows = [[one["at"], one["door"], one["name"], one["what"], one["by"], one["why"]] for one in entries]
        table(["Journal", "Porte", "Message", "Effet", "Par", "Pourquoi"], rows)
    if acts := shown.get("acts"):
        rows = [
            [moment(one.at), one.action, one.outcome or "commencé", one.actor, one.reason or "–"]
            for one in acts
        ]
        table(["Acte", "Quoi", "Résultat", "Par", "Pourquoi"], rows)


def _without_card(shown: dict[str, Any]) -> str:
    waits = WAITING.get(shown["waiting_on"] or "", "–")
    return (
        "(La carte n'est pas lisible : inscription suspendue, ou aucun worker ne répond.)\n"
        f"Étape : {step(shown['step'])} – attend : {waits} – depuis : {moment(shown['since'])}"
        f" – échéance : {moment(shown['deadline'])}"
    )


@app.command("find")
def find_command(
    email: Annotated[
        str | None,
        typer.Argument(help="L'adresse ; absente, elle est demandée (et n'entre dans aucun historique)"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Trouver les inscriptions d'une adresse e-mail (son empreinte seule quitte ce poste)."""
    address = asked_address(email)

    async def work(desk: Desk) -> tuple[list[Execution], bool]:
        wanted = queries.text(email_hash(desk.settings.email_hash_key, address))
        query = f"{queries.REGISTRATION} AND RegistrationEmailHash = {wanted}"
        found = [one async for one in executions.listed(desk.client, query, 200)]
        return found, await Accounts(desk.pool).account_by_email(address) is not None

    found, has_account = at_desk(work)
    if as_json:
        say_json({"registrations": [_plain(one) for one in found], "has_account": has_account})
    else:
        now = datetime.now(UTC)
        table(
            ["Inscription", "Étape", "Attend", "À regarder", "Depuis", "Échéance", "État"],
            [_row(one, "", now) for one in found],
        )
        say("Cette adresse a un compte." if has_account else "Cette adresse n'a pas de compte.")
    if not found and not has_account:
        raise typer.Exit(1)


@app.command("vues")
def views_command(
    ui: Annotated[str | None, typer.Option("--ui", help="Adresse de l'interface de Temporal")] = None,
    as_json: Json = False,
) -> None:
    """Donner les liens qui installent les vues enregistrées dans l'interface de Temporal."""
    base = ui or os.environ.get("AKTO_TEMPORAL_UI_URL", "http://127.0.0.1:8233")
    namespace = ClientConfig.load_client_connect_config().get("namespace") or "default"
    links = {view.name: queries.link(base, namespace, view) for view in queries.VIEWS}
    if as_json:
        say_json(links)
        return
    say("Ouvrir un lien installe la vue dans le navigateur, sous « Saved Views » :\n")
    for name, address in links.items():
        say(f"{name}")
        print(f"  {address}")  # noqa: T201 - never broken over two lines


def read_id(text: str | UUID) -> UUID:
    """Read a registration's id, as Temporal writes it or bare."""
    try:
        return UUID(str(text).strip().removeprefix(ID_PREFIX))
    except ValueError:
        raise typer.BadParameter("attendu : l'identifiant d'une inscription") from None


def asked_address(given: str | None) -> str:
    """The address given, or asked for at the terminal."""
    address, wrong = read_email(given or typer.prompt("Adresse e-mail"))
    if wrong or address is None:
        raise typer.BadParameter("cette adresse e-mail n'est pas valable")
    return address


def _duration(given: str) -> Any:
    try:
        return queries.duration(given)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--older-than") from None
