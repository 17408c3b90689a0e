"""A CSV file as French software exports it, read line by line in bounded memory.

Encoding: UTF-8 with or without BOM, Windows-1252, UTF-16 with BOM (Excel's « Texte Unicode »). Separator:
semicolon, comma or tab, taken from the header. Excel's `sep=;` line and empty lines are passed over.

One bad line never takes another with it: a quote that is never closed, an unreadable byte, a line without
end are refused alone, and reading goes on at the next line.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

SEPARATORS = ";,\t"
#: Characters of one line: the longest real ones have a few hundred.
LINE_MAX = 65_536
#: Lines one quoted value may spread over; a longer one is a quote that was never closed.
VALUE_LINES = 10
#: How many letters outside ASCII are looked at before the encoding is settled.
ENOUGH = 2_000

_CHUNK = 1 << 20
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")


class SourceError(Exception):
    """The file as a whole cannot be read; French, without anything of its contents but column names."""


class Record(NamedTuple):
    """One line: where it begins, its values, and why it cannot be read (None when it can)."""

    line: int
    fields: list[str]
    problem: str | None = None


class Source:
    """An open file; `header` holds its column names, `encoding` and `separator` what was found out."""

    def __init__(self, path: Path) -> None:
        """Raises SourceError: missing, empty, or with no header that could be split."""
        try:
            self.size = path.stat().st_size
            self.encoding = encoding_of(path)
            errors = "replace" if self.encoding == "utf-16" else "surrogateescape"
            self._file: TextIO = path.open(encoding=self.encoding, errors=errors)
        except OSError as error:
            raise SourceError(f"fichier illisible : {error.strerror}") from None
        self._pushed: deque[str] = deque()
        self.line = 0
        self.separator = ""
        first = self._first_line()
        if declared := re.fullmatch(r'"?sep=(.)"?', first):
            self.separator, first = declared[1], self._first_line()
        self.separator = self.separator or max(SEPARATORS, key=first.count)
        self.header = next(csv.reader([first], delimiter=self.separator), [])
        if len(self.header) < 2:
            self.close()
            raise SourceError("la première ligne doit nommer les colonnes, séparées par ; , ou tabulation")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def position(self) -> int:
        """Bytes read so far, of `size`."""
        return self._file.buffer.tell()

    def __iter__(self) -> Iterator[Record]:
        separator, width = self.separator, len(self.header)
        while (text := self._next()) is not None:
            line = self.line
            if '"' not in text:
                fields, problem = text.split(separator), None
            else:
                fields, problem = self._quoted(text)
            if len(fields) > width and not any(fields[width:]):
                fields = fields[:width]  # separators at the end of the line
            if not any(fields):
                continue
            if problem is None:
                problem = _problem(text, fields, width)
            yield Record(line, fields, problem)

    def _first_line(self) -> str:
        while (text := self._next()) is not None:
            if text.strip():
                return text
        self.close()
        raise SourceError("fichier vide")

    def _next(self) -> str | None:
        """The next line without its end, cut at LINE_MAX; None at the end of the file."""
        if self._pushed:
            self.line += 1
            return self._pushed.popleft()
        text = self._file.readline(LINE_MAX)
        if not text:
            return None
        self.line += 1
        if text.endswith("\n"):
            return text[:-1]
        if len(text) == LINE_MAX:
            while (rest := self._file.readline(LINE_MAX)) and not rest.endswith("\n"):
                pass
        return text

    def _quoted(self, text: str) -> tuple[list[str], str | None]:
        """Split a line with quotes; a value may go on over the next lines."""
        parts = [text]
        taken: list[str] = []
        for _ in range(VALUE_LINES):
            try:
                (fields,) = csv.reader(["\n".join(parts)], delimiter=self.separator, strict=True)
            except csv.Error as error:
                if "unexpected end of data" not in str(error):
                    break
            except ValueError:
                break
            else:
                if taken and len(fields) != len(self.header):
                    break
                return fields, None
            following = self._next()
            if following is None:
                break
            parts.append(following)
            taken.append(following)
        self._push_back(taken)
        fields = text.split(self.separator)
        # A quote in the middle of a value (« 5" ») is only a character.
        inside = not any(field.lstrip().startswith('"') for field in fields)
        return fields, None if inside else "quote"

    def _push_back(self, lines: list[str]) -> None:
        self._pushed.extendleft(reversed(lines))
        self.line -= len(lines)


def _problem(text: str, fields: list[str], width: int) -> str | None:
    if len(text) >= LINE_MAX:
        return "line_too_long"
    if not text.isascii() and ("\ufffd" in text or _ESCAPED.search(text)):
        return "encoding"
    return "columns" if len(fields) != width else None


def encoding_of(path: Path) -> str:
    """What the file is written in.

    Without a BOM it is UTF-8 if more of its letters outside ASCII are UTF-8 than are not: one spoilt line
    must not turn every accent of the others into two letters.
    """
    valid = invalid = 0
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        while (chunk := file.read(_CHUNK)) and valid + invalid < ENOUGH:
            text = decoder.decode(chunk)
            if not text.isascii():
                wrong = len(_ESCAPED.findall(text))
                invalid += wrong
                valid += len(_NOT_ASCII.findall(text)) - wrong
    return "utf-8-sig" if valid >= invalid else "cp1252"
