"""The refused lines of a load, as a CSV that a spreadsheet opens without running anything in it."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from infrastructure.imports.rows import REASONS

#: A value that begins so is a formula to spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
VALUE_MAX = 1_000


class Report:
    """Written only if a line is refused; readable by its owner alone, for it holds what the lines held."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.lines = 0
        self.reasons: dict[str, int] = {}
        self._header = header
        self._file: TextIO | None = None
        path.unlink(missing_ok=True)

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def refuse(self, line: int, reason: str, fields: Sequence[str]) -> None:
        """Add a line; `reason` is a key of REASONS."""
        if self._file is None:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            # The BOM is what tells Excel that this is UTF-8.
            self._file = os.fdopen(handle, "w", encoding="utf-8-sig", errors="replace", newline="")
            self._write("ligne", "motif", *self._header)
        self.lines += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self._write(str(line), REASONS[reason], *fields)

    def _write(self, *values: str) -> None:
        assert self._file is not None
        csv.writer(self._file, delimiter=";").writerow([harmless(value[:VALUE_MAX]) for value in values])


def harmless(value: str) -> str:
    """The value as text to spreadsheets."""
    return (
        f"'{value}" if value.lstrip(" \u00a0").startswith(_FORMULA) or value.startswith(_FORMULA) else value
    )
