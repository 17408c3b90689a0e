"""`make demo`: five lines and 0 when all is as it should be, what differed and 1 when it is not."""

import asyncio
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devstack import demo
from devstack.config import CHECKOUT
from devstack.demo_person import Person, Played
from devstack.demo_stories import STORIES, Story

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]

LINE = re.compile(
    r"[1-5] ok  (?P<title>[^:]+): .+ → (?P<outcome>\w+)"
    r" \| (?P<mails>\d+) mails: .+ \| (?P<attachments>\w+) attachments?\b.* \| \d+\.\d s"
)


async def test_the_five_stories_end_as_they_should(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack", "demo", cwd=CHECKOUT, env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    told = [line for line in output.splitlines() if re.match(r"\d ", line) and "stories" not in line]
    lines = [match.groupdict() for line in told if (match := LINE.fullmatch(line))]
    assert len(told) == len(lines) == 5, output
    assert [line["title"] for line in lines] == [story.title for story in STORIES]
    assert [line["outcome"] for line in lines] == ["registered"] * 4 + ["expired"]
    assert [line["mails"] for line in lines] == ["2", "2", "2", "2", "4"]
    assert [line["attachments"] for line in lines] == ["3", "1", "1", "1", "no"]
    assert os.listdir(tmp_path) == []


async def a_wrong_turn(person: Person) -> None:
    await person.start()
    await person.send("choose_themes", themes=["cases"])
    await person.send("give_idcc", idcc="1979")


async def test_a_story_that_ends_otherwise_says_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    known = STORIES[0]
    other_ending = replace(known, expected=replace(known.expected, outcome="expired", attachments=[]))
    expected = Played(["themes", "establishment"])
    broken = Story("a wrong turn", "paula.sorel@exemple.example", a_wrong_turn, expected)
    assert await demo.perform([other_ending, broken]) == 1
    said = [line.strip() for line in capsys.readouterr().out.splitlines() if not line.startswith("[")]
    assert said[0].startswith(f"1 WRONG  {known.title}: email_link → password → done → registered | ")
    assert said[1] == "outcome: expected 'expired', got 'registered'"
    assert said[2].startswith("attachments: expected [], got ['00000001800010 contact_email', ")
    assert said[3].startswith("2 WRONG  a wrong turn: themes → establishment → no end | no mails | ")
    assert said[4] == "it broke off: Surprise /registrations/{id}/give_idcc answered 409 stale"
    assert said[5].startswith("0 of 2 stories ended as they should, ")
    assert len(said) == 6
