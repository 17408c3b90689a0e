"""The web process, `uvicorn starter.app:create_app --factory`: the one place where its parts meet.

It starts while PostgreSQL or the engine is down, as it would live through either going down later: pages then
say « not now », and `/readyz` says which. uvicorn's own access lines, server header and reading of proxy
headers are not wanted (`--no-access-log --no-server-header --no-proxy-headers`): ours know whom to trust.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from temporalio.client import Client

from domain.policy import Policy
from infrastructure import telemetry, temporal
from infrastructure.accounts import Accounts
from infrastructure.collector import spare_what_stays
from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.idempotency import IdempotencyKeys
from infrastructure.key_check import WrongKey, wait_for_check
from infrastructure.limits import Limits
from infrastructure.logging import configure_logging
from infrastructure.password_changes import PasswordChanges
from infrastructure.passwords import PasswordHasher
from infrastructure.pollers import WORKFLOW, polled
from infrastructure.settings import Settings, SettingsError, load_settings
from infrastructure.silence import Silence
from infrastructure.tokens import TokenMint
from starter import health
from starter.access_log import AccessLog
from starter.api.service import PREFIX, create_api
from starter.bounces import Bounces
from starter.guard import StartGuard, TooMany
from starter.letters import Letters
from starter.links import Links
from starter.middleware import (
    BodyLimit,
    ClientAddress,
    HostAllowList,
    SameOrigin,
    SecurityHeaders,
    allowed_hosts,
)
from starter.operators.measures import Measures
from starter.refusals import RETRY_LATER, STATUS_CODES, refuse
from starter.registrations import Registrations, Unavailable
from starter.resets import Resets
from starter.sessions import Login
from starter.web import STATIC_DIR, STATIC_URL, build_router, error_page
from workflows.effects import TASK_QUEUE

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

DATABASE_CHECK = "SELECT 1"
ENGINE_CHECK_TIMEOUT = timedelta(seconds=1)
CLOSE_TIMEOUT = 5.0
#: The process starts without PostgreSQL's answer after this time.
KEY_CHECK_TIMEOUT = 3.0


def create_app() -> FastAPI:
    """The application of production, by the environment; leaves with a clear message when that is wrong."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(f"Réglages incorrects :\n{error}")
    configure_logging(settings.log_level)
    telemetry.begin(settings.metrics_address)
    app = build_app(settings, _lifespan(settings))
    spare_what_stays()
    return app


def build_app(settings: Settings, lifespan: Lifespan | None = None) -> FastAPI:
    """Pages, API, probes and what stands in front of them.

    What they work with is found on `app.state`, put there by the lifespan (or by a test): pool, limits,
    registrations, accounts, hasher, login, links, idempotency, checks.
    """
    app = FastAPI(title="Mon Espace AKTO", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.mint = TokenMint(settings.link_key_ring)
    app.state.error_page = error_page
    app.include_router(health.router)
    app.include_router(build_router())
    app.mount(STATIC_URL, StaticFiles(directory=STATIC_DIR), name="static")
    app.mount(PREFIX, create_api(app.state), name="api")
    app.add_exception_handler(Unavailable, _not_now)
    app.add_exception_handler(DatabaseUnavailable, _not_now)
    app.add_exception_handler(TooMany, _too_many)
    app.add_exception_handler(HTTPException, _http)
    hosts = allowed_hosts(settings.base_url, settings.allowed_hosts)
    # The last one added stands outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(SameOrigin, base_url=settings.base_url, hosts=hosts)
    app.add_middleware(ClientAddress, trusted_proxies=settings.trusted_proxies)
    app.add_middleware(HostAllowList, hosts=hosts)
    app.add_middleware(AccessLog)
    app.add_middleware(SecurityHeaders, https=settings.secure_cookies)
    return app


def _lifespan(settings: Settings) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await connect(settings, application="mon-espace-web")
        client = await temporal.connect(settings, lazy=True)
        equip(app, settings, pool, client)
        background = [await _check_keys(pool, settings)]
        if settings.metrics_address:
            background.append(asyncio.create_task(Measures(client, pool).run()))
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            app.state.hasher.close()
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    return lifespan


async def _check_keys(pool: PoolType, settings: Settings) -> "asyncio.Task[None]":
    """Leave when started with wrong keys: at once, or as soon as PostgreSQL is there to tell. Until then no
    registration can be started, for what limits starts is in PostgreSQL.
    """

    async def check() -> None:
        try:
            await wait_for_check(pool, settings)
        except WrongKey as error:
            sys.stderr.write(f"wrong key: {error}\n")
            sys.stderr.flush()
            os._exit(3)

    task = asyncio.create_task(check())
    await asyncio.wait({task}, timeout=KEY_CHECK_TIMEOUT)
    return task


def equip(app: FastAPI, settings: Settings, pool: PoolType, client: Client) -> None:
    """Put onto `app.state` what pages and API work with."""
    state = app.state
    state.pool = pool
    state.limits = Limits(pool, settings.email_hash_key)
    state.guard = StartGuard(state.limits, settings)
    state.idempotency = IdempotencyKeys(pool, settings.email_hash_key)
    state.accounts = Accounts(pool)
    state.hasher = PasswordHasher(settings)
    state.login = Login(pool, settings, state.limits, state.hasher)
    state.registrations = Registrations(
        client,
        settings.email_hash_key,
        policy=_policy(settings),
        reminder_spread=timedelta(minutes=settings.reminder_spread_minutes),
    )
    state.bounces = Bounces(pool, state.registrations, settings.email_hash_key)
    changes = PasswordChanges(pool)
    state.letters = Letters(pool)
    state.resets = Resets(state.accounts, changes, state.hasher, state.mint, settings.password_min_length)
    state.links = Links(
        state.registrations,
        state.accounts,
        state.hasher,
        state.mint,
        Silence(pool, settings.email_hash_key),
        settings.password_min_length,
    )

    async def database() -> None:
        await pool.fetchval(DATABASE_CHECK)

    async def engine() -> None:
        await client.service_client.check_health(timeout=ENGINE_CHECK_TIMEOUT)

    workers = polled(client, TASK_QUEUE, WORKFLOW)
    state.checks = {"database": database, "engine": engine, health.WORKERS: workers}


def _policy(settings: Settings) -> Policy | None:
    """What these settings change in the journey's defaults; None for nothing."""
    policy = Policy(
        link_hours=settings.link_life_hours,
        life_days=settings.registration_life_days,
        confirm_email_first=settings.confirm_email_first,
    )
    return policy if policy != Policy() else None


async def _not_now(request: Request, error: Exception) -> Response:
    return refuse(request.scope, 503, "unavailable", headers=RETRY_LATER)


async def _too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooMany)
    return refuse(request.scope, 429, error.code, headers={"Retry-After": str(error.seconds())})


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = STATUS_CODES.get(error.status_code, "bad_request")
    return refuse(request.scope, error.status_code, code, headers=dict(error.headers or {}))
