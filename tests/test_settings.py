"""What is said of settings that are wrong."""

import pytest
from pydantic import SecretStr

from infrastructure.settings import Settings, SettingsError, load_settings


def _told(monkeypatch: pytest.MonkeyPatch, settings: Settings, **given: str) -> list[str]:
    for name in ("database_url", "payload_keys", "link_keys", "hash_key"):
        secret: SecretStr = getattr(settings, name)
        monkeypatch.setenv(f"AKTO_{name.upper()}", secret.get_secret_value())
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    return str(raised.value).splitlines()


def test_a_rule_over_two_settings_names_both(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    told = _told(monkeypatch, settings, AKTO_WORKER_BUILD="2")
    assert told == ["AKTO_WORKER_DEPLOYMENT and AKTO_WORKER_BUILD: give both or neither"]


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    told = _told(monkeypatch, settings, AKTO_DATABASE_POOL="0", AKTO_BASE_URL="monespace.example")
    assert [line.split(":")[0] for line in told] == ["AKTO_BASE_URL", "AKTO_DATABASE_POOL"]
    assert "monespace.example" not in "".join(told)
