"""What operators read on a terminal: words from elsewhere stay words."""

import pytest

from starter.operators import output

HOSTILE = "[/bold] [red]Fin\x1b[2J\u202e\r=1+1"


def test_a_table_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["Pourquoi"], [[HOSTILE]])
    output.say(HOSTILE)
    output.warn(HOSTILE)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert "[/bold] [red]Fin" in text
        assert not {"\x1b", "\u202e", "\r"} & set(text)
