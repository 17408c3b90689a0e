"""docs/performance.md says what the results on disk say."""

from benchmarks import page
from benchmarks.__main__ import MEASURES
from benchmarks.figures import Row
from benchmarks.results import Result
from benchmarks.words import MEASURES as WORDS


def test_the_page_is_current() -> None:
    assert page.TARGET.read_text(encoding="utf-8") == page.document(page.results()), (
        "python -m benchmarks page"
    )


def test_every_measure_has_words_and_results_name_no_machine() -> None:
    assert list(WORDS) == list(MEASURES)
    for result in page.results():
        # What older results lack.
        told = set(result.machine) - {"argon2id_ms"}
        assert told == {"cores", "memory_gib", "python", "date", "commit"}


def test_what_is_short_or_noisy_is_said() -> None:
    rows = [Row("slow", 2.0, "×", most=1.5), Row("quick", 1.0, "×", most=1.5), Row("plain", 3, "ms")]
    size = {"cores": 2, "memory_gib": 8, "python": "3.11", "date": "2026-11-25", "commit": "abc"}
    text = page.document([Result("steps", rows, {"engine": 0.5}, 0.9, 61, "make bench", size)])
    assert "| steps | slow | 2 × (noisy) | ≤ 1.5 × | **short** |" in text
    assert "| steps | quick | 1 × (noisy) | ≤ 1.5 × | reached |" in text
    assert "| steps | plain" not in text
    assert "Noisy" in text
