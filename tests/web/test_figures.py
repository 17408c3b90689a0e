"""docs/accessibility.md counts the states there are."""

import re

from devstack.gallery.states import STATES
from tests.web.figures import LOOKS, TARGET


def test_the_page_is_of_these_states() -> None:
    text = TARGET.read_text("utf-8")
    found = re.search(r"\*\*\d+ pages in (\d+) states; (\d+) looks of .* (\d+) violations\.\*\*", text)
    assert found, "python -m tests.web.figures"
    states, looks, violations = (int(one) for one in found.groups())
    assert (states, looks) == (len(STATES), len(STATES) * len(LOOKS)), "python -m tests.web.figures"
    assert violations == 0
