"""The gallery shows whatever the pages can: every branch of every template, every fixed text.

Templates are watched line by line as they render, so that what no state brings about is named here. The page
of a foreign host name (421) is no template's; `tests/api/test_middleware.py` has it.
"""

import re
import sys
from collections.abc import Iterator
from html import unescape
from types import CodeType, FrameType
from typing import Any

import pytest_asyncio

from devstack.gallery.plain import Plain
from devstack.gallery.served import serve
from devstack.gallery.stage import Stage
from devstack.gallery.states import STATES
from domain.view import Outcome
from starter.web import rendering, words
from starter.web.rendering import fine
from starter.web.words import Ending, Notice

FOLDER = str(rendering.FOLDER / "templates")
#: What a compiled template does when it writes, as against preparing to.
WRITES = re.compile(r"\s*(yield (?!from)|t_\d+\.(append|extend)\(|'|escape\()")
#: What no state plays: a limit that a page forgot to catch, the link of an account that was erased since.
NEVER = {("ERRORS", 429), ("LINK_ENDINGS", Outcome.REGISTERED)}


class Watched:
    """Every state's HTML, and which lines of the compiled templates ran."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.ran: dict[str, set[int]] = {}

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        ran = self.ran.setdefault(frame.f_code.co_filename, set())

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            ran.add(frame.f_lineno)
            return step

        return step

    async def look(self) -> None:
        """Play every state."""
        assert rendering._ENVIRONMENT.cache is not None
        rendering._ENVIRONMENT.cache.clear()  # What is imported without context runs once, when it is loaded.
        served, before = serve(), sys.gettrace()
        sys.settrace(self._enter)
        try:
            for name, enter in STATES.items():
                served.renew()
                async with Plain(served) as browser:
                    await enter(Stage(browser, served))
                    self.pages[name] = browser.html
        finally:
            sys.settrace(before)


@pytest_asyncio.fixture(scope="module")
async def watched() -> Watched:
    """All of it, once."""
    found = Watched()
    await found.look()
    return found


def test_every_branch_of_every_template_has_a_state(watched: Watched) -> None:
    assert list(_unseen(watched)) == []


def _unseen(watched: Watched) -> Iterator[str]:
    """Template lines of which some part was never written."""
    environment = rendering._ENVIRONMENT
    for name in environment.list_templates():
        template = environment.get_template(name)
        assert environment.loader is not None
        assert template.filename is not None
        source = environment.loader.get_source(environment, name)[0]
        generated = environment.compile(source, name, template.filename, raw=True).splitlines()
        lines = set(_lines(environment.compile(source, name, template.filename)))
        for line in sorted(lines - watched.ran.get(template.filename, set())):
            if WRITES.match(generated[line - 1]):
                number = template.get_corresponding_lineno(line)
                yield f"{name}:{number}: {source.splitlines()[number - 1]}"


def _lines(code: CodeType) -> Iterator[int]:
    yield from (line for _, _, line in code.co_lines() if line)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _lines(inner)


def test_every_notice_and_every_ending_has_a_state(watched: Watched) -> None:
    texts = {name: _text(html) for name, html in watched.pages.items()}
    missing = [
        (table, key)
        for table, key, text in _fixed()
        if not any(text in page for page in texts.values()) and (table, key) not in NEVER
    ]
    assert missing == []


def _fixed() -> Iterator[tuple[str, object, str]]:
    for table, content in vars(words).items():
        entries = content.items() if isinstance(content, dict) else [("", content)]
        for key, value in entries:
            if isinstance(value, Notice):
                yield table, key, fine(value.text)
            elif isinstance(value, Ending):
                yield table, key, f"{value.title} {' '.join(fine(text) for text in value.texts)}"


def _text(html: str) -> str:
    """The page's words; elements are parted by a space."""
    body = html.partition("<body>")[2]
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
