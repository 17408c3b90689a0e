"""The arithmetic of the measures: a percentile, a ratio or a verdict that is wrong would be believed."""

import math
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.existence import told
from benchmarks.figures import Row, milliseconds, number, p50, p95, percentile, ratio, times
from benchmarks.history_size import price
from benchmarks.results import QUIET, Result, load, table
from benchmarks.sink import Sink
from devstack.ports import LOOPBACK, free_port


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([7], 0.5, 7),
        ([1, 2], 0.5, 1),
        ([3, 1, 2], 0.5, 2),
        (range(1, 101), 0.95, 95),
        (range(1, 101), 1.0, 100),
        (range(1, 21), 0.95, 19),
        (range(1, 20), 0.95, 19),
        ([1] * 99 + [1000], 0.99, 1),
    ],
)
def test_percentiles_by_nearest_rank(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.floats(0.01, 1))
def test_a_percentile_was_measured_and_leaves_few_above(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= share * len(values) - 1e-6
    assert sum(one < found for one in values) <= share * len(values)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1], 0), ([1], 1.1)])
def test_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_median_and_tail() -> None:
    assert (p50([5, 1, 9]), p95([5, 1, 9])) == (5, 9)
    assert [row.found for row in milliseconds("x", [0.0101, 0.02, 0.0304])] == [20.0, 30.4]


def test_ratios() -> None:
    assert ratio(3, 2) == 1.5
    assert ratio(1, 0) == math.inf
    assert times("x", 2, 3, least=0.67).reached  # what is shown is what is judged: 0.67
    assert not times("x", 2, 3, least=0.68).reached


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        (Row("x", 1.5, most=1.5), True),
        (Row("x", 1.51, most=1.5), False),
        (Row("x", 0.8, least=0.8), True),
        (Row("x", 0.79, least=0.8), False),
        (Row("x", None, most=600), False),
        (Row("x", 5), None),
    ],
)
def test_verdicts(row: Row, reached: bool | None) -> None:
    assert row.reached is reached


def test_numbers_as_people_read_them() -> None:
    assert [number(one) for one in (10_000, 1.0, 1.25, 1234.5, None)] == [
        "10 000",
        "1",
        "1.25",
        "1 234.5",
        "–",
    ]


def test_a_million_registrations_have_a_price() -> None:
    assert price(23) == 1150


def test_what_time_tells() -> None:
    assert told([1, 2, 3], [4, 5, 6])[0] == 0
    assert told([4, 5, 6], [1, 2, 3])[0] == 1
    assert told([1, 2], [1, 2])[0] == 0.5


def test_a_result_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    rows = [Row("a", 1.25, "×", most=1.5), Row("b", None, "s", least=2.0), Row("c", 3)]
    kept = Result("steps", rows, {"engine": 0.5}, QUIET + 0.01, 12, "make bench")
    again = load(kept.save(tmp_path))
    assert again == kept
    assert again.noisy
    assert table(again.rows)[2:] == [
        "| a | 1.25 × | ≤ 1.5 × | reached |",
        "| b | – s | ≥ 2 s | **short** |",
        "| c | 3 |  |  |",
    ]
    assert set(kept.machine) == {"cores", "memory_gib", "python", "argon2id_ms", "date", "commit"}


async def test_the_sink_keeps_a_mail_as_our_worker_sends_it() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "nous@exemple.example", "vous@exemple.example"
    message["Message-ID"] = "<confirmation.1@exemple.example>"
    message.set_content(".\n..\nOuvrez http://127.0.0.1/lien?jeton=k1.abc-_d\n.\n")
    sink, port = Sink(), free_port()
    await sink.listen(port)
    try:
        async with aiosmtplib.SMTP(hostname=LOOPBACK, port=port, start_tls=False) as relay:
            for _ in range(2):
                await relay.sendmail("nous@exemple.example", ["vous@exemple.example"], message.as_bytes())
                await relay.rset()
    finally:
        sink.close()
    mail = await sink.first("vous@exemple.example")
    assert (sink.count, mail.kind, mail.link()) == (2, "confirmation", "k1.abc-_d")
