"""Files as they come: encodings, separators, quotes, and lines that are broken."""

from pathlib import Path

import pytest

from infrastructure.imports import source as module
from infrastructure.imports.source import LINE_MAX, Record, Source, SourceError, encoding_of


def read(tmp_path: Path, content: bytes) -> list[Record]:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    source = Source(path)
    try:
        return list(source)
    finally:
        source.close()


TEXT = "nom;prénom\r\nGérard;Zoé\r\nŒuvré;Maïwenn\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    records = read(tmp_path, TEXT.replace(";", separator).encode(encoding))
    assert [record.fields for record in records] == [["Gérard", "Zoé"], ["Œuvré", "Maïwenn"]]
    assert [record.line for record in records] == [2, 3]
    assert all(record.problem is None for record in records)


def test_excels_first_line_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    records = read(tmp_path, b"sep=,\r\n\r\na,b\r\n\r\n,\r\n1,2\r\n1,2,,\r\n")
    assert [(record.line, record.fields) for record in records] == [(6, ["1", "2"]), (7, ["1", "2"])]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(tmp_path: Path, end: bytes) -> None:
    records = read(tmp_path, end.join([b"a;b", b"1;2", b"3;4"]))
    assert [record.fields for record in records] == [["1", "2"], ["3", "4"]]


def test_quotes(tmp_path: Path) -> None:
    content = b'a;b\n"1;1";2\n"un ""mot""";3\n"deux\nlignes";4\ntube 5";6\n'
    assert [(one.line, one.fields, one.problem) for one in read(tmp_path, content)] == [
        (2, ["1;1", "2"], None),
        (3, ['un "mot"', "3"], None),
        (4, ["deux\nlignes", "4"], None),
        (6, ['tube 5"', "6"], None),
    ]


@pytest.mark.parametrize("following", [2, 30])
def test_a_quote_that_is_never_closed_takes_nothing_with_it(tmp_path: Path, following: int) -> None:
    good = [f"{number};x" for number in range(following)]
    records = read(tmp_path, "\n".join(["a;b", '"jamais;1', *good]).encode())
    assert [one.problem for one in records] == ["quote", *[None] * following]
    assert [one.fields[0] for one in records[1:]] == [str(number) for number in range(following)]
    assert [one.line for one in records] == list(range(2, following + 3))


def test_two_open_quotes_far_apart_do_not_swallow_what_is_between(tmp_path: Path) -> None:
    records = read(tmp_path, b'a;b\n"x;1\n2;2\n"y;3\n4;4\n')
    assert [one.fields[1] for one in records if one.problem is None] == ["2", "4"]
    assert [one.line for one in records if one.problem] == [2, 4]


def test_one_unreadable_byte_spoils_its_line_alone(tmp_path: Path) -> None:
    lines = [f"Zoé;{number}".encode() for number in range(5)]
    records = read(tmp_path, b"\n".join([b"a;b", *lines, b"Zo\xe9;9", *lines]))
    assert [one.problem for one in records] == [*[None] * 5, "encoding", *[None] * 5]
    assert records[0].fields[0] == "Zoé"


def test_a_line_without_end_is_cut_and_refused(tmp_path: Path) -> None:
    records = read(tmp_path, b"a;b\n" + b"x" * (3 * LINE_MAX) + b"\n1;2\n")
    assert [(one.line, one.problem) for one in records] == [(2, "line_too_long"), (3, None)]


def test_too_few_or_too_many_columns(tmp_path: Path) -> None:
    records = read(tmp_path, b"a;b;c\n1;2\n1;2;3\n1;2;3;4\n")
    assert [one.problem for one in records] == ["columns", None, "columns"]


def test_letters_are_judged_by_their_number_and_over_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 3)  # letters of two bytes lie across the cuts
    path = tmp_path / "f.csv"
    path.write_bytes("éàçœ".encode() * 3 + b"\xe9")
    assert encoding_of(path) == "utf-8-sig"
    path.write_bytes("éàçœ".encode("cp1252") * 3 + "é".encode())
    assert encoding_of(path) == "cp1252"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a\n1\n", b"\xef\xbb\xbf"])
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError):
        read(tmp_path, content)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="illisible"):
        Source(tmp_path / "absent.csv")
