"""docs/reliability.md says what the results on disk say; the harness that wrote them notices."""

import dataclasses

from benchmarks.chaos import page
from benchmarks.chaos.audit import Findings, mails
from benchmarks.chaos.post import Letter

WANTED = frozenset({"confirmation", "welcome"})
CONFIRMATION = Letter("confirmation.1@x", "confirmation", "bytes", None)
WELCOME = Letter("welcome.1@x", "welcome", "bytes", None)


def test_the_page_is_current() -> None:
    assert page.TARGET.read_text(encoding="utf-8") == page.document(), "python -m benchmarks.chaos.page"


def of(*letters: Letter) -> Findings:
    return mails(letters, WANTED, frozenset({"newcomer"}))


def test_one_of_each_is_clean() -> None:
    assert of(CONFIRMATION, WELCOME) == Findings()


def test_the_window_is_counted_apart() -> None:
    assert of(CONFIRMATION, CONFIRMATION, WELCOME) == Findings(same_id=1)


def test_what_a_person_would_see_twice() -> None:
    other_id = dataclasses.replace(WELCOME, message_id="welcome.2@x")
    other_bytes = dataclasses.replace(WELCOME, content="other")
    assert of(CONFIRMATION, WELCOME, other_id) == Findings(duplicates=1)
    assert of(CONFIRMATION, WELCOME, other_bytes) == Findings(duplicates=1)


def test_missing_and_unwanted_mails() -> None:
    reminder = Letter("reminder_link.1@x", "reminder_link", "bytes", None)
    assert of(CONFIRMATION).words == ["mail welcome is missing"]
    assert of(CONFIRMATION, WELCOME, reminder).words == ["mail reminder_link was not due"]
