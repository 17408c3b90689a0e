"""docker-compose.yml and what it uses, read by tools: no Docker engine is needed.

A YAML reader checks what the file says of the product; where `docker-compose` is installed, its own parser
reads the whole file with a drawn `.env`.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.settings import CodecSettings, Settings
from ops.new_env import DRAWN, EXAMPLE, fill

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PRODUCT = {"migrate", "setup", "worker", "web", "codec"}
OBSERVABILITY = {"prometheus", "grafana"}
ONE_SHOTS = {"temporal-schema", "migrate", "setup"}


def settings_of(service: str) -> set[str]:
    """AKTO_ variables of a service."""
    return {name for name in SERVICES[service]["environment"] if name.startswith("AKTO_")}


def known(model: type[CodecSettings]) -> set[str]:
    """The variables that a process reads."""
    return {f"AKTO_{name.upper()}" for name in model.model_fields}


def test_what_runs() -> None:
    engine = {"postgres", "temporal-schema", "temporal", "temporal-ui", "mailpit"}
    assert set(SERVICES) == engine | PRODUCT | OBSERVABILITY


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_only_what_watches_is_optional(service: str) -> None:
    profiles = ["observability"] if service in OBSERVABILITY else None
    assert SERVICES[service].get("profiles") == profiles


def test_two_workers() -> None:
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_service_takes_the_whole_machine(service: str) -> None:
    assert set(SERVICES[service]["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ONE_SHOTS - {"mailpit"}))
def test_what_runs_on_has_a_health_check_or_brings_one(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"


def test_prometheus_asks_where_metrics_are() -> None:
    read = yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    for job in read["scrape_configs"]:
        (place,) = job["dns_sd_configs"]
        for name in place["names"]:
            assert SERVICES[name]["environment"]["AKTO_METRICS_ADDRESS"] == f"0.0.0.0:{place['port']}"


@pytest.mark.parametrize("service", sorted(PRODUCT))
def test_the_product_knows_each_of_its_settings(service: str) -> None:
    assert settings_of(service) <= known(CodecSettings if service == "codec" else Settings)


@pytest.mark.parametrize(
    ("service", "model"), [("web", Settings), ("worker", Settings), ("codec", CodecSettings)]
)
def test_no_required_setting_is_missing(service: str, model: type[CodecSettings]) -> None:
    required = {f"AKTO_{name.upper()}" for name, one in model.model_fields.items() if one.is_required()}
    assert required <= settings_of(service)


def test_the_codec_server_holds_the_payload_keys_and_no_other_secret() -> None:
    assert settings_of("codec") == {"AKTO_PAYLOAD_KEYS", "AKTO_CODEC_ORIGINS", "AKTO_CODEC_TOKEN"}


@pytest.mark.parametrize("service", sorted(set(SERVICES) - PRODUCT))
def test_images_of_others_are_pinned(service: str) -> None:
    assert re.search(r":v?\d+(\.\d+)*$", SERVICES[service]["image"])


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_published_ports_are_on_the_loopback(service: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_what_is_mounted_is_there(service: str) -> None:
    for volume in SERVICES[service].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).is_file()
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_what_is_waited_for_can_come(service: str) -> None:
    for name, waits in SERVICES[service].get("depends_on", {}).items():
        if waits["condition"] == "service_completed_successfully":
            assert name in ONE_SHOTS
            assert SERVICES[name]["restart"] == "no"
        else:
            assert "healthcheck" in SERVICES[name]


def test_the_worker_has_time_to_finish_its_mail() -> None:
    worker = SERVICES["worker"]
    assert int(worker["stop_grace_period"][:-1]) > int(worker["environment"]["AKTO_GRACEFUL_SHUTDOWN"])


def test_no_secret_has_a_default() -> None:
    text = FILE.read_text(encoding="utf-8")
    for name in DRAWN:
        uses = re.findall(r"\$\{" + name + r"(:?[-?])", text)
        assert uses
        assert set(uses) == {":?"}, name


def test_each_variable_of_the_file_is_in_the_example_and_the_reverse() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", FILE.read_text(encoding="utf-8")))
    example = set(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    assert used == example


def test_the_drawn_environment_makes_valid_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = dict(
        line.split("=", 1) for line in fill(EXAMPLE.read_text(encoding="utf-8")).splitlines() if "=" in line
    )
    assert all(drawn[name] for name in DRAWN)
    for name, value in SERVICES["web"]["environment"].items():
        monkeypatch.setenv(name, substituted(str(value), drawn))
    settings = Settings()
    assert settings.payload_key_ring.keys() == {"k1"}
    assert settings.smtp_host == "mailpit"
    assert "${" not in settings.database_url.get_secret_value()


def substituted(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}", lambda m: values.get(m[1]) or m[2] or "", text)


def test_secrets_are_drawn_anew_each_time() -> None:
    example = EXAMPLE.read_text(encoding="utf-8")
    assert fill(example) != fill(example)


def test_the_image_holds_every_folder_that_production_imports() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for part in (
        "domain",
        "workflows",
        "activities",
        "infrastructure",
        "starter",
        "worker.py",
        "requirements.txt",
    ):
        assert f"!{part}" in ignored
        assert f"COPY {part}" in dockerfile
    assert "devstack" not in dockerfile


@pytest.mark.parametrize("service", ["migrate", "setup", "worker"])
def test_commands_of_the_product_exist(service: str) -> None:
    program, *arguments = SERVICES[service]["command"]
    assert program == "python"
    if arguments[0] == "-m":
        done = subprocess.run(
            [sys.executable, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
    else:
        assert (ROOT / arguments[0]).is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "ops").rglob("*.sh")), ids=lambda path: path.name)
def test_shell_scripts_are_read_by_a_shell(path: Path) -> None:
    subprocess.run(["sh", "-n", str(path)], check=True, timeout=10)


def test_docker_compose_reads_the_file(tmp_path: Path) -> None:
    command = next((c for c in ("docker-compose config", "docker compose config") if _is_there(c)), None)
    if command is None:
        pytest.skip("no docker-compose on this machine")
    environment = tmp_path / "drawn.env"
    environment.write_text(fill(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [program, *arguments[:-1], "--env-file", str(environment), "-f", str(FILE), "config", "--quiet"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _is_there(command: str) -> bool:
    program, *arguments = shlex.split(command)
    if shutil.which(program) is None:
        return False
    version = [program, *arguments[:-1], "version"]
    return subprocess.run(version, capture_output=True, timeout=30).returncode == 0
