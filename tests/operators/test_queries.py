"""What lists filter by, without any server."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from starter.operators import queries

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("45m", timedelta(minutes=45)),
        (" 2H ", timedelta(hours=2)),
        ("3j", timedelta(days=3)),
        ("3d", timedelta(days=3)),
    ],
)
def test_durations(given: str, read: timedelta) -> None:
    assert queries.duration(given) == read


@pytest.mark.parametrize("given", ["", "3", "j", "-1h", "1.5h", "99999h", "3 semaines"])
def test_other_durations_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="attendu"):
        queries.duration(given)


def test_a_value_cannot_leave_its_quotes() -> None:
    assert queries.text('a" OR "1"="1\\') == '"a\\" OR \\"1\\"=\\"1\\\\"'


def test_an_operators_query_cannot_reach_beyond_open_registrations() -> None:
    query = queries.within('RegistrationStep = "idcc" OR CloseTime IS NOT NULL')
    assert query.startswith(queries.OPEN + " AND (")
    assert query.endswith(")")


def test_paused_registrations_are_open() -> None:
    assert "ExecutionStatus" not in queries.OPEN


def test_overdue_has_a_margin() -> None:
    assert any('RegistrationDeadline < "2026-11-25T08:50:00+00:00"' in one for _, one in queries.stuck(NOW))


def test_links_install_the_views() -> None:
    for view in queries.VIEWS:
        found = urlsplit(queries.link("http://ui.example/", "mon espace", view))
        assert found.path == "/namespaces/mon%20espace/workflows"
        assert parse_qs(found.query) == {"query": [view.query], "savedQuery": [view.name]}
    assert len({view.name for view in queries.VIEWS}) == len(queries.VIEWS)
