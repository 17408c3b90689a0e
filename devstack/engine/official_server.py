"""The official server and its web interface, as two programs with a small configuration each.

Written as JSON, which is YAML too. Every port is on loopback; the database is one SQLite file in WAL mode,
safe against a killed process with `synchronous` 1.
"""

import json
from pathlib import Path
from typing import Any

from devstack.engine.model import EngineSettings
from devstack.ports import LOOPBACK, free_port, is_free
from devstack.processes import Command

_INTERNAL = (
    "frontend-membership", "frontend-http", "history", "history-membership",
    "matching", "matching-membership", "worker", "worker-membership",
)  # fmt: skip

DYNAMIC_SETTINGS = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    # Operators may meet a paused registration: theirs are lists that hold one.
    "frontend.WorkflowPauseEnabled": True,
    # Those who begin now are served beside thousands who are due at once (`starter/registrations.py`).
    "matching.enableFairness": True,
    # One machine: several partitions only spread rate limits and priorities unevenly.
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    # What operators erase is gone once its queues say how far they are: within seconds, not half a minute.
    "history.transferProcessorUpdateAckInterval": "2s",
    "history.timerProcessorUpdateAckInterval": "2s",
    "history.visibilityProcessorUpdateAckInterval": "2s",
    # Operators see a registration whose worker fails after two tries, not five.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
}

#: Go's collector at work less often, and as often as it must near a limit.
GO_RUNTIME = {"GOGC": "300", "GOMEMLIMIT": "1GiB"}

#: SQLite keeps 64 MiB of pages in memory, writes its log back less often, needs no temporary files.
_LESS_WORK = {"cache_size": "-65536", "wal_autocheckpoint": "4000", "temp_store": "2"}


def server_command(settings: EngineSettings, program: Path) -> Command:
    """Write the server's configuration; gives the program to start."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    dynamic = settings.folder / "dynamic.json"
    dynamic.write_text(
        json.dumps({key: [{"value": value}] for key, value in DYNAMIC_SETTINGS.items()}, indent=2)
    )
    path = settings.folder / "server.json"
    path.write_text(json.dumps(_server(settings, _internal_ports(settings.folder), dynamic), indent=2))
    return Command(
        name="temporal",
        argv=[str(program), "--config-file", str(path), "--allow-no-auth", "start"],
        log=settings.logs / "temporal.log",
        cwd=settings.folder,
        environ=_environ(settings),
        grace=8.0,
    )


def ui_command(settings: EngineSettings, program: Path) -> Command:
    """Write the web interface's configuration; gives the program to start."""
    folder = settings.folder / "ui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "devstack.yaml").write_text(json.dumps(_ui(settings), indent=2))
    return Command(
        name="temporal-ui",
        argv=[str(program), "--root", str(settings.folder), "--config", "ui", "--env", "devstack", "start"],
        log=settings.logs / "temporal-ui.log",
        cwd=settings.folder,
        environ=_environ(settings),
        grace=3.0,
    )


def _environ(settings: EngineSettings) -> dict[str, str]:
    """The environment without the variables that both programs would read settings from."""
    kept = {name: value for name, value in settings.environ.items() if not name.startswith("TEMPORAL_")}
    return GO_RUNTIME | kept


def _internal_ports(folder: Path) -> dict[str, int]:
    """The ports between the server's own parts: kept, so that a restart meets its own traces."""
    path = folder / "internal-ports.json"
    try:
        kept = {name: int(port) for name, port in json.loads(path.read_text()).items()}
    except (OSError, ValueError):
        kept = {}
    ports = {
        name: kept[name] if is_free(kept.get(name, 0)) and name in kept else free_port() for name in _INTERNAL
    }
    path.write_text(json.dumps(ports, indent=2))
    return ports


def _server(settings: EngineSettings, internal: dict[str, int], dynamic: Path) -> dict[str, Any]:
    frontend = f"{LOOPBACK}:{settings.port}"

    def service(name: str, grpc: int, http: int = 0) -> dict[str, Any]:
        rpc = {"grpcPort": grpc, "membershipPort": internal[f"{name}-membership"], "bindOnLocalHost": True}
        return {"rpc": {**rpc, "httpPort": http} if http else rpc}

    def store() -> dict[str, Any]:
        attributes = {"cache": "private", "setup": "true", "journal_mode": "wal", "synchronous": "1"}
        return {
            "sql": {
                "pluginName": "sqlite",
                "databaseName": str(settings.folder / "temporal.db"),
                "connectAddr": "localhost",
                "connectProtocol": "tcp",
                "connectAttributes": {**attributes, **_LESS_WORK, "busy_timeout": "10000"},
                "maxConns": 1,
                "maxIdleConns": 1,
            }
        }

    off = {"history": {"state": "disabled"}, "visibility": {"state": "disabled"}}
    return {
        "log": {"stdout": True, "level": "warn"},
        "persistence": {
            "numHistoryShards": 4,
            "defaultStore": "default",
            "visibilityStore": "visibility",
            "datastores": {"default": store(), "visibility": store()},
        },
        "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": LOOPBACK}},
        "services": {
            "frontend": service("frontend", settings.port, internal["frontend-http"]),
            "history": service("history", internal["history"]),
            "matching": service("matching", internal["matching"]),
            "worker": service("worker", internal["worker"]),
        },
        "clusterMetadata": {
            "enableGlobalNamespace": False,
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {
                "active": {
                    "enabled": True,
                    "initialFailoverVersion": 1,
                    "rpcName": "frontend",
                    "rpcAddress": frontend,
                    "httpAddress": f"{LOOPBACK}:{internal['frontend-http']}",
                }
            },
        },
        "dcRedirectionPolicy": {"policy": "noop"},
        "archival": off,
        "namespaceDefaults": {"archival": off},
        "publicClient": {"hostPort": frontend},
        "dynamicConfigClient": {"filepath": str(dynamic), "pollInterval": "60s"},
    }


def _ui(settings: EngineSettings) -> dict[str, Any]:
    origin = f"http://{LOOPBACK}:{settings.ui_port}"
    return {
        "temporalGrpcAddress": f"{LOOPBACK}:{settings.port}",
        "host": LOOPBACK,
        "port": settings.ui_port,
        "enableUi": True,
        "defaultNamespace": settings.namespace,
        "disableNewsFetch": True,
        # Its access log would hold the texts it renders.
        "hideLogs": True,
        # Served over plain HTTP on loopback, where a Secure cookie would be dropped.
        "cors": {"cookieInsecure": True, "allowOrigins": [origin]},
        "codec": {
            "endpoint": settings.codec_url or "",
            "defaultErrorMessage": "Le serveur de déchiffrement ne répond pas.",
        },
    }
