"""The demonstration's data as programs read it: `docs/demo.json` says what the code says."""

import json

from devstack.config import CHECKOUT
from devstack.demo_data import catalogue


def test_the_file_for_programs_is_the_catalogue() -> None:
    written = (CHECKOUT / "docs" / "demo.json").read_text(encoding="utf-8")
    current = json.dumps(catalogue(), indent=2, ensure_ascii=False) + "\n"
    assert written == current, "python -m devstack.demo_data > docs/demo.json"
