"""docs/operations.md: every command is one that the command line understands, every link is current."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from starter.cli import app
from starter.operators import queries

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if line.startswith("python -m starter")]
INLINE = re.findall(r"`python -m starter ([^`]*)`", PAGE)

#: The symptoms an operator comes with.
SYMPTOMS = (
    "ne reçoit pas de courriel", "attente de l’INSEE", "En examen", "délai est dépassé", "worker est arrêté",
    "empoisonné ou non déterministe", "courriel est revenu", "Mauvaise adresse",
    "rattachement est à confirmer", "effacement", "en panne pendant des heures",
    "Prolonger après une panne", "Changer une clé",
)  # fmt: skip


def _parse(words: list[str]) -> None:
    """Parse as far as the command itself, values and choices included; nothing is run."""
    command = typer.main.get_command(app)
    context = command.make_context("starter", list(words))
    while isinstance(command, typer.core.TyperGroup):
        words = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, words)
        assert found is not None
        command, context = found, found.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize("line", LINES)
def test_a_command_parses(line: str) -> None:
    words = shlex.split(line)[3:]
    if words != ["--help"]:
        _parse(words)


@pytest.mark.parametrize(
    "line", ["list --nonsense", "resend", "extend x --reason abc", "list --step x", "nothing"]
)
def test_this_test_can_fail(line: str) -> None:
    with pytest.raises(typer.TyperException):
        _parse(shlex.split(line))


def test_commands_named_in_passing_exist() -> None:
    known = typer.main.get_command(app)
    assert isinstance(known, typer.core.TyperGroup)
    assert INLINE
    for named in INLINE:
        assert named.split()[0] in known.commands, named


def test_what_acts_is_first_tried_blank() -> None:
    acting = ("resend", "extend", "retry", "approve", "cancel", "attachments confirm", "erase")
    for act in acting:
        lines = [line for line in LINES if line.startswith(f"python -m starter {act}")]
        blank = [line for line in lines if line.endswith(" --dry-run")]
        assert blank, act
        assert [
            line.removesuffix(" --dry-run") for line in blank if line.removesuffix(" --dry-run") not in lines
        ] == []


def test_every_symptom_has_its_section_with_what_to_see_to_do_and_to_expect() -> None:
    sections = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)}
    for symptom in SYMPTOMS:
        [section] = [text for title, text in sections.items() if symptom in title]
        assert "**Le voir.**" in section, symptom
        assert "**Faire.**" in section or "```console" in section, symptom
        assert "**Ensuite.**" in section, symptom


def test_links_install_todays_views() -> None:
    links = re.findall(r"^- \[(.*?)\]\((http.*?)\)$", PAGE, re.MULTILINE)
    assert links == [
        (view.name, queries.link("http://127.0.0.1:8233", "default", view)) for view in queries.VIEWS
    ]


def test_french_typography() -> None:
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", PAGE, flags=re.DOTALL)
    assert re.findall(r"« |[a-zé] »| [:;!?]|[a-z]'[a-zé]", prose) == []
