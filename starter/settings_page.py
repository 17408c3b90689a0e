"""The page of settings, written from the settings themselves.

`python -m starter settings` writes docs/settings.md; a test fails when the two differ.
"""

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from infrastructure.settings import CodecSettings, Settings

_HEAD = """# Settings

Read from the environment once, when a process starts; all that is missing or wrong is said at once, without
any value, and the process does not start. The codec server reads those marked ¹ and no other. Where Temporal
is: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_…`, as its SDK reads them.

This page is written by `python -m starter settings`.

| variable | default | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """The whole page, in Markdown."""
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    mark = " ¹" if name in CodecSettings.model_fields else ""
    return f"| `AKTO_{name.upper()}`{mark} | {_default(field)} | {field.description} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return f"`{value}`" if value != "" else "empty"
