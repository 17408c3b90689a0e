"""What was typed is found where docs/privacy.md says, and nowhere else: not in Temporal, not in a log."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from devstack.demo_person import PASSWORD, Doors, Person
from devstack.demo_stories import STORIES
from devstack.drawn_form import drawn
from devstack.stack import Stack, private
from tests.rows import rows_naming
from tests.waiting import eventually

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

DOCUMENT = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")
LAST, FIRST = "Zyxwvutsky", "Quetzalcoatlina"
WRONG = "Mauvais-mot-9-essai"
CONTACT = "claire.dupont@masociete.example"
NUMBERS = ("123457 001", "123457001", "123459 001", "123459001")


def documented() -> dict[str, set[str]]:
    """What the document says: kind of text → tables."""
    lines = DOCUMENT.partition("| typed | tables |")[2].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]
    return {
        kind: set(tables.split(", ")) - {"none"} for kind, tables in (row for row in rows if len(row) == 2)
    }


class Played:
    """A stack on which each branch was played, and what was typed there."""

    def __init__(self, stack: Stack, doors: Doors) -> None:
        self.stack, self.doors = stack, doors
        self.tokens: list[str] = []

    async def play(self) -> None:
        """Each branch, then the account's pages and a scanner."""
        portal = self.stack.addresses["portal"]
        for story in STORIES:
            person = Person(self.doors, story.email, LAST, FIRST)
            await story.plot(person)
            self.tokens += [await person.newest_link(), person.token]
        async with httpx2.AsyncClient(
            base_url=str(portal), headers={"Sec-Fetch-Site": "same-origin"}, trust_env=False
        ) as browser:
            for token in self.tokens:
                await browser.get("/lien", params={"jeton": token}, follow_redirects=True)
                await browser.get(f"/nulle-part/{token}/{CONTACT}")
            for password in (WRONG, PASSWORD):
                typed = {"email": CONTACT, "password": password}
                await browser.post("/connexion", data={**typed, **await drawn(browser, "/connexion")})
            assert browser.cookies
            self.tokens += [value for value in dict(browser.cookies).values() if len(value) > 20]
            asked = {"email": STORIES[1].email, **await drawn(browser, "/reprendre")}
            assert (await browser.post("/reprendre", data=asked)).status_code == 303
            await eventually(self._letters_answered)

    async def _letters_answered(self) -> bool:
        return not await self.doors.database.fetchval("SELECT count(*) FROM letter_requests")

    def sought(self) -> Mapping[str, list[str]]:
        """Kind of text → texts, in the words of the document."""
        others = [story.email for story in STORIES if story.email != CONTACT]
        return {
            "name": [LAST, FIRST],
            "address": others,
            "address of a contact of AKTO's": [CONTACT],
            "member number": list(NUMBERS),
            "password": [PASSWORD, WRONG],
            "token": [token.rpartition(".")[2] for token in self.tokens],
        }

    async def in_tables(self) -> dict[str, set[str]]:
        """Kind of text → tables that hold it."""
        return {
            kind: set(await rows_naming(self.doors.database, *texts)) for kind, texts in self.sought().items()
        }

    async def temporal(self) -> bytes:
        """Everything Temporal gives out: lists, descriptions, histories."""
        parts = []
        async for one in self.doors.engine.list_workflows(""):
            handle = self.doors.engine.get_workflow_handle(one.id, run_id=one.run_id)
            parts += [one.raw_info.SerializeToString()]
            parts += [(await handle.describe()).raw_description.SerializeToString()]
            async for event in handle.fetch_history_events():
                parts.append(event.SerializeToString())
        assert len(parts) > 100
        return b"\n".join(parts)

    def logs(self) -> bytes:
        """What every process of the stack has written."""
        files = sorted(self.stack.config.logs.rglob("*.log"))
        assert {"portal.log", "worker.log", "codec.log"} <= {one.name for one in files}
        return b"\n".join(one.read_bytes() for one in files)

    async def metrics(self) -> bytes:
        """What the processes tell those who watch them."""
        addresses = self.stack.addresses
        urls = [
            f"{addresses[part]}{path}" for part in ("portal", "codec") for path in ("/healthz", "/readyz")
        ]
        urls += [str(addresses[part]) for part in ("portal_metrics", "worker_metrics", "worker_health")]
        async with httpx2.AsyncClient(trust_env=False) as http:
            told = b"\n".join([(await http.get(url)).content for url in urls])
        assert {b"mon_espace_http_requests_total", b"mon_espace_mails_total"} <= set(
            re.findall(rb"\w+", told)
        )
        return told


@pytest_asyncio.fixture
async def played(tmp_path: Path) -> AsyncIterator[Played]:
    """Once everybody has played."""
    async with private(tmp_path, AKTO_LOG_LEVEL="DEBUG") as stack, AsyncExitStack() as closing:
        found = Played(stack, await Doors.of(stack, closing))
        await found.play()
        yield found


async def test_found_only_where_the_document_says(played: Played) -> None:
    assert await played.in_tables() == documented()
    places = {
        "temporal": await played.temporal(),
        "logs": played.logs(),
        "metrics": await played.metrics(),
    }
    found = [
        (place, kind, text)
        for place, content in places.items()
        for kind, texts in played.sought().items()
        for text in texts
        if text.lower().encode() in content.lower()
    ]
    assert not found, found
