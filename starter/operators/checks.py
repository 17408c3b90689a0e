"""What `doctor` looks at: one check a part, each with what it found and what mends it.

A check never says a secret and never raises: what cannot be reached is a finding.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import aiosmtplib
import httpx2
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetClusterInfoRequest
from temporalio.client import Client

from infrastructure.codec import EncryptionCodec
from infrastructure.converter import data_converter
from infrastructure.database import DatabaseUnavailable, PoolType, read_migrations, transaction
from infrastructure.settings import Settings
from infrastructure.sirene import SireneClient, SireneUnavailable
from starter.operators.queues import queues
from workflows import attributes

#: INSEE's own head office: public, and open for as long as there is an INSEE.
INSEE_SIRET = "12002701600563"
MOST_PER_CHECK = 15.0
OLDEST_SERVER = (1, 29)

Level = Literal["ok", "attention", "panne"]


@dataclass(frozen=True)
class Finding:
    """What one check found; `fix` says what to do, empty where nothing is wrong."""

    part: str
    level: Level
    found: str
    fix: str = ""


@dataclass(frozen=True)
class Parts:
    """What is checked. The client may not be connected: that is the first finding."""

    settings: Settings
    client: Client | None
    pool: PoolType
    codec_url: str


async def findings(parts: Parts) -> list[Finding]:
    """All checks, side by side."""
    checks: dict[str, Callable[[Parts], Awaitable[list[Finding]]]] = {
        "base de données": _database,
        "relais de messagerie": _relay,
        "INSEE": _insee,
        "clés": _keys,
        "serveur de déchiffrement": _codec_server,
    }
    if parts.client is None:
        fix = "démarrer le serveur, ou corriger TEMPORAL_ADDRESS et TEMPORAL_TLS_…"
        first = [Finding("Temporal", "panne", "ne répond pas", fix)]
    else:
        first = []
        checks |= {"Temporal": _server, "attributs": _attributes, "workers": _workers}
    gathered = await asyncio.gather(*(_bounded(name, check, parts) for name, check in checks.items()))
    return first + [finding for group in gathered for finding in group]


async def _bounded(
    name: str, check: Callable[[Parts], Awaitable[list[Finding]]], parts: Parts
) -> list[Finding]:
    try:
        async with asyncio.timeout(MOST_PER_CHECK):
            return await check(parts)
    except Exception as error:  # whatever it is, it is the finding
        return [
            Finding(name, "panne", f"ne répond pas ({type(error).__name__})", "vérifier que la pièce tourne")
        ]


async def _server(parts: Parts) -> list[Finding]:
    client = _client(parts)
    cluster = await client.workflow_service.get_cluster_info(GetClusterInfoRequest())
    version = tuple(int(one) for one in cluster.server_version.split("-")[0].split(".")[:2] if one.isdigit())
    old = bool(version) and version < OLDEST_SERVER
    fix = (
        "mettre le serveur à jour : cette version ne connaît pas tout ce que les listes demandent"
        if old
        else ""
    )
    found = [Finding("Temporal", "attention" if old else "ok", f"serveur {cluster.server_version}", fix)]
    namespace = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    days = namespace.config.workflow_execution_retention_ttl.ToTimedelta().days
    enough = days >= 30
    kept = f"espace de noms {client.namespace}, rétention {days} jours"
    fix = "" if enough else f"temporal operator namespace update --retention 720h -n {client.namespace}"
    return [*found, Finding("rétention", "ok" if enough else "attention", kept, fix)]


async def _attributes(parts: Parts) -> list[Finding]:
    client = _client(parts)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = [key.name for key in attributes.KEYS if key.name not in listed.custom_attributes]
    wrong = [
        key.name
        for key in attributes.KEYS
        if key.name not in missing and listed.custom_attributes[key.name] != int(key.indexed_value_type)
    ]
    found = []
    if missing:
        found.append(
            Finding(
                "attributs de recherche",
                "panne",
                "absents : " + ", ".join(missing),
                "python -m starter setup",
            )
        )
    if wrong:
        fix = "temporal operator search-attribute remove --name NOM, puis python -m starter setup"
        found.append(Finding("attributs de recherche", "panne", "d'un autre type : " + ", ".join(wrong), fix))
    return found or [Finding("attributs de recherche", "ok", f"{len(attributes.KEYS)} déclarés")]


async def _workers(parts: Parts) -> list[Finding]:
    found = []
    for one in await queues(_client(parts), datetime.now(UTC)):
        name = f"worker : {one.name} ({one.kind})"
        late = one.backlog_seconds > 60
        if not one.pollers:
            fix = "démarrer « python worker.py » ; s'il tourne, lire son journal puis le redémarrer"
            found.append(Finding(name, "panne", f"personne n'écoute, {one.backlog} tâches attendent", fix))
        elif late:
            fix = "ajouter des workers ; pour l'INSEE et le relais, voir d'abord s'ils répondent"
            found.append(Finding(name, "attention", f"{one.backlog} tâches en retard", fix))
        else:
            found.append(Finding(name, "ok", f"{one.pollers} à l'écoute, {one.backlog} tâches en attente"))
    return found


async def _database(parts: Parts) -> list[Finding]:
    name = "base de données"
    try:
        async with transaction(parts.pool) as connection:
            version = str(await connection.fetchval("SHOW server_version")).split()[0]
            table = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
            rows = await connection.fetch("SELECT version FROM schema_migrations") if table else []
    except DatabaseUnavailable as error:
        fix = "vérifier AKTO_DATABASE_URL et que PostgreSQL tourne"
        return [Finding(name, "panne", str(error), fix)]
    applied = {row["version"] for row in rows}
    missing = [one.name for one in read_migrations() if one.version not in applied]
    if missing:
        return [
            Finding(name, "panne", "migrations absentes : " + ", ".join(missing), "python -m starter migrate")
        ]
    return [Finding(name, "ok", f"PostgreSQL {version}, {len(applied)} migrations")]


async def _relay(parts: Parts) -> list[Finding]:
    """Greet the relay and log in; nothing is sent."""
    settings = parts.settings
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host, port=settings.smtp_port, timeout=settings.smtp_timeout,
        local_hostname="mon-espace.localdomain",
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() if settings.smtp_username else None,
        use_tls=settings.smtp_tls == "implicit", start_tls=settings.smtp_tls == "starttls",
    )  # fmt: skip
    try:
        await client.connect()
        await client.quit(timeout=1)
    except aiosmtplib.SMTPAuthenticationError:
        fix = "corriger AKTO_SMTP_USERNAME et AKTO_SMTP_PASSWORD"
        return [Finding("relais de messagerie", "panne", f"{where} refuse notre identifiant", fix)]
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        fix = (
            "vérifier AKTO_SMTP_HOST, AKTO_SMTP_PORT, AKTO_SMTP_TLS ; les mails repartent d'eux-mêmes ensuite"
        )
        return [Finding("relais de messagerie", "panne", f"{where} ({type(error).__name__})", fix)]
    finally:
        client.close()
    return [Finding("relais de messagerie", "ok", f"{where}, TLS : {settings.smtp_tls}")]


async def _insee(parts: Parts) -> list[Finding]:
    settings = parts.settings
    try:
        async with SireneClient(settings.sirene_url, settings.sirene_key, settings.sirene_timeout) as insee:
            await insee.establishment(INSEE_SIRET)
    except (SireneUnavailable, ValueError) as error:
        reason = error.reason if isinstance(error, SireneUnavailable) else None
        if reason is None or reason.ours:
            fix = (
                "renouveler la clé sur portail-api.insee.fr, puis AKTO_SIRENE_KEY ; vérifier AKTO_SIRENE_URL"
            )
            return [Finding("INSEE", "panne", f"refuse nos demandes ({reason or 'clé illisible'})", fix)]
        fix = "rien à faire : les inscriptions concernées reprennent d'elles-mêmes"
        return [Finding("INSEE", "attention", f"pas de réponse ({reason})", fix)]
    return [Finding("INSEE", "ok", "répond, la clé est acceptée")]


async def _keys(parts: Parts) -> list[Finding]:
    rings = {
        "AKTO_PAYLOAD_KEYS": parts.settings.payload_key_ring,
        "AKTO_LINK_KEYS": parts.settings.link_key_ring,
    }
    secrets = [key for ring in rings.values() for key in ring.values()] + [parts.settings.email_hash_key]
    twice = any(hmac.compare_digest(a, b) for i, a in enumerate(secrets) for b in secrets[:i])
    found = ", ".join(f"{name} : {next(iter(ring))} active sur {len(ring)}" for name, ring in rings.items())
    fix = "donner à chaque usage sa clé" if twice else ""
    return [Finding("clés", "attention" if twice else "ok", found, fix)]


async def _codec_server(parts: Parts) -> list[Finding]:
    """Ask it to open what our active key has sealed."""
    name = "serveur de déchiffrement"
    if not parts.codec_url:
        return [Finding(name, "attention", "non vérifié", "donner --codec, ou AKTO_CODEC_URL")]
    settings = parts.settings
    sealed = await EncryptionCodec(settings.payload_key_ring).encode(
        data_converter(settings).payload_converter.to_payloads(["essai"])
    )
    token = settings.codec_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
        answer = await http.post(
            f"{parts.codec_url.rstrip('/')}/decode",
            content=json_format.MessageToJson(Payloads(payloads=sealed)),
            headers={**headers, "Content-Type": "application/json", "X-Namespace": "doctor"},
        )
    if answer.status_code == 401:
        return [Finding(name, "panne", "refuse le jeton", "donner le même AKTO_CODEC_TOKEN des deux côtés")]
    opened = json_format.Parse(answer.content, Payloads()) if answer.status_code == 200 else Payloads()
    if not opened.payloads or opened.payloads[0].data != b'"essai"':
        fix = "lui donner les mêmes AKTO_PAYLOAD_KEYS qu'au worker, et le redémarrer"
        return [Finding(name, "panne", f"n'ouvre pas ce que la clé active ferme ({answer.status_code})", fix)]
    return [Finding(name, "ok", f"{parts.codec_url} ouvre avec la clé active")]


def _client(parts: Parts) -> Client:
    assert parts.client is not None
    return parts.client
