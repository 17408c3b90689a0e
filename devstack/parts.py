"""The programs of the stack that are ours: how each is started, on which settings, and when it is ready."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.config import CHECKOUT, StackConfig
from devstack.engine import Engine
from devstack.ports import LOOPBACK
from devstack.processes import Command
from devstack.ready import Ready, answers, says
from devstack.supervisor import Layer, Part

SIRENE_PATH = "/api-sirene/3.11"
COMPANIES_PATH = "/recherche-entreprises"
API_DOCS_PATH = "/api/v1/docs"
GALLERY_PATH = "/galerie"
_PYTHON = sys.executable


def addresses(config: StackConfig, ui: str | None) -> dict[str, str | None]:
    """Where a person or a program finds each part."""
    return {
        "portal": config.url("portal"),
        "mailbox": config.url("mailbox"),
        "temporal": f"{LOOPBACK}:{config.ports.temporal}",
        "temporal_ui": ui,
        "sirene": config.url("sirene"),
        "api_docs": config.url("portal") + API_DOCS_PATH,
        "start": config.url("start"),
        "gallery": config.url("start") + GALLERY_PATH + "/",
        "codec": config.url("codec"),
        "portal_metrics": f"{config.url('portal_metrics')}/metrics",
        "worker_metrics": f"{config.url('worker_metrics')}/metrics",
        "worker_health": f"{config.url('worker_health')}/readyz",
    }


def product_environ(
    config: StackConfig,
    environ: Mapping[str, str],
    keys: Mapping[str, str],
    database_url: str,
    engine: Engine,
) -> dict[str, str]:
    """The environment of the worker, the web process and the migrations.

    Database, mail and keys are always this copy's own: an environment prepared for a real database must not
    receive demo data. INSEE is only read: where AKTO_SIRENE_URL is given, it is asked, not the stand-in.
    """
    own = dict(environ)
    if engine.processes:  # an engine of ours: nothing meant for another server may reach it
        own = {name: value for name, value in own.items() if not name.startswith("TEMPORAL_")}
    own |= dict(keys) | dict(engine.environ)
    own |= {
        "AKTO_BASE_URL": config.url("portal"),
        "AKTO_DATABASE_URL": database_url,
        "AKTO_SMTP_HOST": LOOPBACK,
        "AKTO_SMTP_PORT": str(config.ports.smtp),
        "AKTO_SMTP_TLS": "none",
        "AKTO_SMTP_USERNAME": "",
        "AKTO_SMTP_PASSWORD": "",
        "AKTO_CODEC_URL": config.url("codec"),
        "AKTO_TEMPORAL_UI_URL": engine.ui or "",
        "PYTHONUNBUFFERED": "1",
    }
    own.setdefault("AKTO_GRACEFUL_SHUTDOWN", "5")
    # What one skips to comes at that very moment.
    own.setdefault("AKTO_REMINDER_SPREAD_MINUTES", "0")
    if environ.get("AKTO_SIRENE_URL"):
        own["AKTO_SIRENE_KEY"] = environ.get("AKTO_SIRENE_KEY", "")
    else:
        own["AKTO_SIRENE_URL"] = config.url("sirene") + SIRENE_PATH
        own["AKTO_COMPANIES_URL"] = config.url("sirene") + COMPANIES_PATH
    return own


def around(config: StackConfig, environ: Mapping[str, str], keys: Mapping[str, str]) -> list[Part]:
    """What the product talks to, other than the engine and PostgreSQL."""
    smtp, http = str(config.ports.smtp), str(config.ports.mailbox)
    folder = str(config.data / "mailbox")
    mailbox = [
        _PYTHON,
        "-m",
        "devstack.mailbox",
        "--folder",
        folder,
        "--smtp-port",
        smtp,
        "--http-port",
        http,
    ]
    with_key = {**environ, "MON_ESPACE_SIRENE_KEY": keys["AKTO_SIRENE_KEY"]}
    return [
        _part(config, "mailbox", mailbox, environ, answers(f"{config.url('mailbox')}/readyz")),
        _web_part(config, "sirene", "devstack.sirene:create_app", with_key, "/"),
    ]


def start_page(config: StackConfig, environ: Mapping[str, str], engine: Engine) -> Part:
    """The page that says where everything is."""
    shown = {
        **environ,
        "MON_ESPACE_ADDRESSES": json.dumps(addresses(config, engine.ui)),
        "MON_ESPACE_NAMESPACE": engine.namespace,
    }
    return _web_part(config, "start", "devstack.start_page:create_app", shown, "/")


def product(config: StackConfig, environ: Mapping[str, str]) -> list[Part]:
    """The product itself: codec server, worker, web."""
    log = config.logs / "worker.log"
    ui = config.ports.temporal_ui
    portal = {**environ, "AKTO_METRICS_ADDRESS": f"{LOOPBACK}:{config.ports.portal_metrics}"}
    worker = {
        **environ,
        "AKTO_METRICS_ADDRESS": f"{LOOPBACK}:{config.ports.worker_metrics}",
        "AKTO_HEALTH_ADDRESS": f"{LOOPBACK}:{config.ports.worker_health}",
    }
    codec = {**environ, "AKTO_CODEC_ORIGINS": f"http://{LOOPBACK}:{ui},http://localhost:{ui}"}
    return [
        _web_part(config, "codec", "starter.codec_server:create_app", codec, "/healthz"),
        _part(config, "worker", [_PYTHON, "worker.py"], worker, says("worker ready", log), Layer.WORKER),
        _web_part(config, "portal", "starter.app:create_app", portal, "/healthz", Layer.WEB),
    ]


def once(config: StackConfig, name: str, arguments: list[str], environ: Mapping[str, str]) -> Command:
    """A program that runs to its end during the start."""
    argv = [_PYTHON, "-m", *arguments]
    return Command(name=name, argv=argv, log=config.logs / f"{name}.log", environ=environ, cwd=CHECKOUT)


def _web_part(
    config: StackConfig,
    name: str,
    factory: str,
    environ: Mapping[str, str],
    path: str,
    layer: Layer = Layer.AROUND,
) -> Part:
    port = str(getattr(config.ports, name))
    argv = [
        _PYTHON, "-m", "uvicorn", factory, "--factory", "--host", LOOPBACK, "--port", port,
        "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "3",
    ]  # fmt: skip
    return _part(config, name, argv, environ, answers(f"{config.url(name)}{path}"), layer)


def _part(
    config: StackConfig,
    name: str,
    argv: list[str],
    environ: Mapping[str, str],
    ready: Ready,
    layer: Layer = Layer.AROUND,
) -> Part:
    environ = {**environ, "PYTHONUNBUFFERED": "1"}
    log: Path = config.logs / f"{name}.log"
    return Part(
        Command(name=name, argv=argv, log=log, environ=environ, cwd=CHECKOUT, grace=12.0), layer, ready
    )
