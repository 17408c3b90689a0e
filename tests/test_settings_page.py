"""The page of settings is current, and says something of each."""

from pathlib import Path

from infrastructure.settings import Settings
from starter.settings_page import settings_page

FILE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == settings_page(), "python -m starter settings"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
