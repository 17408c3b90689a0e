"""`doctor` names the part that is down and what mends it; the whole command line says errors in one line."""

import asyncio
import base64
import os
import sys

import pytest

from devstack.config import CHECKOUT
from devstack.ports import free_port
from devstack.stack import Stack
from tests.operators.conftest import Operator

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


async def _levels(operator: Operator, **environ: str) -> dict[str, tuple[str, str]]:
    said = await operator.types("doctor", "--json", **environ)
    found = {one["part"]: (one["level"], one["fix"]) for one in said.json}
    assert said.code == (1 if any(level == "panne" for level, _ in found.values()) else 0)
    return found


async def test_all_is_well(operator: Operator) -> None:
    found = await _levels(operator)
    assert {level for level, _ in found.values()} == {"ok"}, found
    assert len(found) == 12
    said = await operator.types("doctor")
    assert "serveur de déchiffrement" in said.out


@pytest.mark.parametrize(
    ("part", "setting", "fix"),
    [
        ("relais de messagerie", "AKTO_SMTP_PORT", "AKTO_SMTP_HOST"),
        ("base de données", "AKTO_DATABASE_URL", "AKTO_DATABASE_URL"),
        ("Temporal", "TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS"),
        ("serveur de déchiffrement", "AKTO_CODEC_URL", "vérifier"),
    ],
)
async def test_a_part_that_is_down(operator: Operator, part: str, setting: str, fix: str) -> None:
    port = free_port()
    elsewhere = {
        "AKTO_SMTP_PORT": f"{port}",
        "AKTO_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{port}/nothing",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{port}",
        "AKTO_CODEC_URL": f"http://127.0.0.1:{port}",
    }
    found = await _levels(operator, **{setting: elsewhere[setting]})
    assert found[part][0] == "panne"
    assert fix in found[part][1]


async def test_a_key_that_insee_refuses(operator: Operator) -> None:
    level, fix = (await _levels(operator, AKTO_SIRENE_KEY="une-autre"))["INSEE"]
    assert level == "panne"
    assert "AKTO_SIRENE_KEY" in fix


async def test_a_codec_server_without_the_active_key(operator: Operator) -> None:
    other = "autre:" + base64.b64encode(b"x" * 32).decode()
    level, fix = (await _levels(operator, AKTO_PAYLOAD_KEYS=other))["serveur de déchiffrement"]
    assert level == "panne"
    assert "AKTO_PAYLOAD_KEYS" in fix


async def test_one_key_for_two_uses(operator: Operator) -> None:
    same = operator.environ["AKTO_LINK_KEYS"].split(",")[0]
    level, _ = (await _levels(operator, AKTO_HASH_KEY=same))["clés"]
    assert level == "attention"


async def test_a_namespace_without_attributes(operator: Operator, product: Stack) -> None:
    found = await _levels(operator, TEMPORAL_NAMESPACE="temporal-system")
    level, fix = found["attributs de recherche"]
    assert level == "panne"
    assert fix == "python -m starter setup"
    assert found["worker : registration (workflow)"][0] == "panne"


async def _run(*arguments: str, **environ: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter", *arguments, cwd=CHECKOUT, env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_program_itself(operator: Operator) -> None:
    environ = dict(operator.environ)
    code, out, _ = await _run("list", "--limit", "1", **environ)
    assert (code, "1 affichées sur" in out) == (0, True)
    code, out, err = await _run("list", "--query", "foo = 1", **environ)
    assert (code, out) == (2, "")
    assert "ne comprend pas" in err
    code, _, err = await _run("show", "00000000-0000-4000-8000-000000000000", **environ)
    assert code == 1
    code, _, err = await _run("cancel", "00000000-0000-4000-8000-000000000000", **environ)
    assert (code, "--reason" in err) == (2, True)
    nowhere = f"127.0.0.1:{free_port()}"
    code, _, err = await _run("list", **{**environ, "TEMPORAL_ADDRESS": nowhere})
    assert (code, err.count("\n")) == (2, 1)
    assert "TEMPORAL_ADDRESS" in err
