"""`make demo`: five registrations on a fresh copy of the stack, one line each.

Each story says how it must end. The exit code is 0 only if every one ended so, and if no mail left besides
those the stories count: one too many would be somebody's second copy of the same.
"""

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from pathlib import Path

from devstack.demo_person import Doors, Person, Played
from devstack.demo_stories import STORIES, Story
from devstack.engine import EngineError
from devstack.ports import PortError
from devstack.postgres import PostgresError
from devstack.processes import ProcessError
from devstack.stack import Stack, private
from devstack.voice import Voice

#: What may go wrong before the first story, said without a traceback.
_SAID = (EngineError, PortError, PostgresError, ProcessError)
#: A story that takes longer hangs: it is told as it stands.
_LONGEST_STORY = 90.0


async def main(arguments: list[str]) -> int:
    """Play the five stories; 0 if each ended as it should, 130 when interrupted."""
    playing = asyncio.create_task(perform(STORIES))
    told = asyncio.Event()

    def stop() -> None:
        if not told.is_set():  # a second Ctrl-C must not interrupt the orderly end
            told.set()
            playing.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await playing
    except _SAID as error:
        print(f"\n{error}", flush=True)
        return 1
    except asyncio.CancelledError:
        if not told.is_set():
            raise
        return 130


async def perform(stories: Sequence[Story]) -> int:
    """Play these stories on a fresh copy; 0 if each ended as it should."""
    begun = time.monotonic()
    right = counted = 0
    async with AsyncExitStack() as closing:
        stack = await closing.enter_async_context(_fresh_copy())
        doors = await Doors.of(stack, closing)
        for number, story in enumerate(stories, 1):
            ended_well, played = await _play(number, story, doors)
            right += ended_well
            counted += len(played.mails)
        sent = await doors.mails_in_all()
    if sent != counted:
        print(f"mails: {counted} belong to the stories, {sent} were sent", flush=True)
    seconds = time.monotonic() - begun
    print(f"{right} of {len(stories)} stories ended as they should, {seconds:.1f} s in all", flush=True)
    return 0 if right == len(stories) and sent == counted else 1


@asynccontextmanager
async def _fresh_copy() -> AsyncIterator[Stack]:
    """A copy of the stack that nobody has used, asking the stand-in and keeping the usual deadlines whatever
    the environment says: the stories are about those.
    """
    with tempfile.TemporaryDirectory(prefix="mon-espace-", ignore_cleanup_errors=True) as folder:
        async with private(
            Path(folder), say=Voice(), AKTO_SIRENE_URL="", AKTO_REGISTRATION_LIFE_DAYS="7"
        ) as stack:
            yield stack


async def _play(number: int, story: Story, doors: Doors) -> tuple[bool, Played]:
    """Play one story and print its line, under it what differed; whether it ended as it should."""
    begun = time.monotonic()
    person = Person(doors, story.email)
    found = await _broken_off(story.plot(person)) + await _broken_off(person.take_stock())
    found += differences(story.expected, person.played)
    print(line(number, story.title, person.played, time.monotonic() - begun, right=not found), flush=True)
    for difference in found:
        print(f"     {difference}", flush=True)
    return not found, person.played


async def _broken_off(part: Awaitable[None]) -> list[str]:
    """Why a part of a story was not played to its end, if so: the other stories are still worth playing."""
    try:
        async with asyncio.timeout(_LONGEST_STORY):
            await part
    except Exception as error:
        return [f"it broke off: {type(error).__name__} {error}".rstrip()]
    return []


def line(number: int, title: str, played: Played, seconds: float, *, right: bool) -> str:
    """One story in one line: what happened, mails sent, attachments, seconds."""
    happened = " → ".join([*played.screens, played.outcome or "no end"])
    return (
        f"{number} {'ok' if right else 'WRONG'}  {title}: {happened}"
        f" | {_counted('mail', played.mails)} | {_counted('attachment', played.attachments)}"
        f" | {seconds:.1f} s"
    )


def differences(expected: Played, played: Played) -> list[str]:
    """What differs, one text a kind of thing."""
    return [
        f"{one.name}: expected {wanted!r}, got {got!r}"
        for one in fields(Played)
        if (wanted := getattr(expected, one.name)) != (got := getattr(played, one.name))
    ]


def _counted(what: str, things: Sequence[str]) -> str:
    number = f"{len(things) or 'no'} {what}{'' if len(things) == 1 else 's'}"
    return f"{number}: {', '.join(things)}" if things else number
