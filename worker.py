"""The worker: settings → clients → activities → workers. The only place where all of it meets.

    python worker.py

Ends by SIGTERM or Ctrl-C: it takes no new work, finishes the mail it is sending, and exits with 0.
Started with wrong settings it exits with 2, with a key that is not this installation's with 3.
"""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.accounts import AccountActivities
from activities.contacts import ContactActivities
from activities.establishments import EstablishmentActivities
from activities.mail import MailActivities
from activities.retention import RetentionActivities
from activities.sirene import SireneActivities
from infrastructure import telemetry
from infrastructure.collector import spare_what_stays
from infrastructure.companies import CompaniesClient
from infrastructure.database import PoolType, connect
from infrastructure.handover import Handover
from infrastructure.health import Checks
from infrastructure.key_check import WrongKey, wait_for_check
from infrastructure.letter_requests import LetterRequests
from infrastructure.letters import DueLetters
from infrastructure.limits import Limits
from infrastructure.logging import configure_logging
from infrastructure.pollers import ACTIVITY, WORKFLOW, polled
from infrastructure.probe import answering
from infrastructure.settings import Settings, SettingsError, load_settings
from infrastructure.sirene import SireneClient
from infrastructure.smtp import SmtpRelay
from infrastructure.temporal import connect as connect_temporal
from infrastructure.temporal import register_search_attributes
from infrastructure.tokens import TokenMint
from workflows import attributes
from workflows.effects import MAIL_QUEUE, SIRENE_QUEUE, TASK_QUEUE
from workflows.letter import LetterWorkflow, NewcomerWorkflow
from workflows.registration import RegistrationWorkflow
from workflows.retention import RetentionWorkflow

log = structlog.get_logger("worker")

#: Workflow tasks at once in a process: one computes while others wait for our database.
WORKFLOW_TASKS = 16


@asynccontextmanager
async def running(client: Client, settings: Settings, pool: PoolType) -> AsyncIterator[None]:
    """Everything one worker process does, until the block is left."""
    async with AsyncExitStack() as stack:
        insee = SireneClient(settings.sirene_url, settings.sirene_key, settings.sirene_timeout)
        await stack.enter_async_context(insee)
        companies = CompaniesClient(settings.companies_url, settings.companies_timeout)
        await stack.enter_async_context(companies)
        relay = await stack.enter_async_context(SmtpRelay(settings))
        for worker in workers(client, settings, pool, insee, companies, relay):
            await stack.enter_async_context(worker)
        asked = LetterRequests(client, pool, TASK_QUEUE, settings.email_hash_key)
        beside = [DueLetters(client, pool, TASK_QUEUE).run(), asked.run()]
        if settings.handover_url:
            beside.append(Handover(pool, settings).run())
        for work in beside:
            stack.push_async_callback(_end, asyncio.create_task(work))
        yield


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def workers(
    client: Client,
    settings: Settings,
    pool: PoolType,
    insee: SireneClient,
    companies: CompaniesClient,
    relay: SmtpRelay,
) -> list[Worker]:
    """The three workers of one process: registrations with our database, INSEE, mail."""
    grace = timedelta(seconds=settings.graceful_shutdown)
    deployment = deployment_of(settings)
    contacts = ContactActivities(pool, settings.email_hash_key)
    limits = Limits(pool, settings.email_hash_key)
    establishments = EstablishmentActivities(pool, limits, settings)
    accounts = AccountActivities(pool, settings)
    mail = MailActivities(pool, settings, TokenMint(settings.link_key_ring), relay)
    retention = RetentionActivities(client, pool, settings)
    sirene = SireneActivities(pool, insee, companies, calls_per_minute=settings.sirene_calls_per_minute)
    return [
        Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[RegistrationWorkflow, LetterWorkflow, NewcomerWorkflow, RetentionWorkflow],
            activities=[
                contacts.look_up_contact,
                contacts.block_mailbox,
                establishments.recognise_establishment,
                establishments.check_member_number,
                accounts.create_account,
                contacts.newcomer_letters,
                retention.apply_retention,
            ],
            # More would only wait in this process, in the order they came: the engine, where the rest waits,
            # gives those who began just now their turn before thousands that are due at once.
            max_concurrent_workflow_tasks=WORKFLOW_TASKS,
            graceful_shutdown_timeout=grace,
            deployment_config=deployment,
            # After a kill, another worker takes over a cached registration within this time.
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        ),
        Worker(
            client,
            task_queue=SIRENE_QUEUE,
            activities=[sirene.ask_insee],
            max_task_queue_activities_per_second=8,
            graceful_shutdown_timeout=grace,
            deployment_config=deployment,
        ),
        Worker(
            client,
            task_queue=MAIL_QUEUE,
            activities=[mail.send_mail],
            max_task_queue_activities_per_second=50,
            # Each send holds a connection while the relay answers.
            max_concurrent_activities=max(1, settings.database_pool // 2),
            graceful_shutdown_timeout=grace,
            deployment_config=deployment,
        ),
    ]


def deployment_of(settings: Settings) -> WorkerDeploymentConfig | None:
    """Worker versioning, where the settings name a build; None leaves it off.

    A registration waits for weeks: it goes on with the current build, never pinned to one that would have to
    be kept running all that time. Code that must differ for older ones says so by `workflow.patched`.
    """
    if not settings.worker_deployment:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.worker_deployment, settings.worker_build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def main() -> int:
    """Run until told to stop."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"settings are wrong:\n{error}\n")
        return 2
    configure_logging(settings.log_level)
    telemetry.begin(settings.metrics_address)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pool = await connect(settings, application="mon-espace-worker")
    try:
        if not await keys_are_right(pool, settings, stop):
            return 0
        client = await connect_temporal(settings)
        added = await register_search_attributes(client, attributes.KEYS)
        if added:
            log.info("search attributes registered", names=added)
        probes = answering(settings.health_address, checks(client, pool))
        async with running(client, settings, pool), probes:
            log.info("worker ready")
            await stop.wait()
            log.info("worker stopping")
    except WrongKey as error:
        sys.stderr.write(f"wrong key: {error}\n")
        return 3
    finally:
        await pool.close()
    return 0


def checks(client: Client, pool: PoolType) -> Checks:
    """What `/readyz` looks at: the database, and that this very process polls each of its queues.

    A queue whose slots are all taken is not polled: that shows after a minute and a half.
    """

    async def database() -> None:
        await pool.fetchval("SELECT 1")

    me = client.identity
    return {
        "database": database,
        f"{TASK_QUEUE} workflow": polled(client, TASK_QUEUE, WORKFLOW, me),
        **{queue: polled(client, queue, ACTIVITY, me) for queue in (TASK_QUEUE, SIRENE_QUEUE, MAIL_QUEUE)},
    }


async def keys_are_right(pool: PoolType, settings: Settings, stop: asyncio.Event) -> bool:
    """Check the keys before any registration is touched; False when told to stop while waiting for it.

    Raises:
        WrongKey
    """
    check = asyncio.ensure_future(wait_for_check(pool, settings))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({check, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not check.done():
        check.cancel()
        return False
    check.result()
    return True


if __name__ == "__main__":
    spare_what_stays()
    code = uvloop.run(main())
    # A Rust thread of the SDK may still hold a Python object while the interpreter ends: leave without it.
    gc.collect()
    time.sleep(0.1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
