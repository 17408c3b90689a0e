"""What the product counts, for Prometheus; exported by the SDK's own exporter (`telemetry.py`).

Invariants:
- Labels are words of ours out of short lists: never an id, an address, a SIRET, nothing that was typed.
- Counting never raises and never waits: nothing fails because of a metric.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from temporalio.common import MetricMeter

log = structlog.get_logger(__name__)

_meter: MetricMeter = MetricMeter.noop


def use(meter: MetricMeter) -> None:
    """From now on, everything is counted there."""
    global _meter
    _meter = meter


class _Instrument:
    """A named metric; made at its first use, and made anew when the meter changes."""

    def __init__(self, name: str, text: str, unit: str | None = None) -> None:
        self.name, self.text, self.unit = name, text, unit
        self._made: tuple[MetricMeter, Any] | None = None

    def _record(self, make: Callable[[MetricMeter], Any], note: Callable[[Any], None]) -> None:
        try:
            if self._made is None or self._made[0] is not _meter:
                self._made = (_meter, make(_meter))
            note(self._made[1])
        except Exception as error:  # a metric is worth no failed request
            log.warning("metric not recorded", metric=self.name, kind=type(error).__name__)


class Counter(_Instrument):
    """Only ever grows; exported with the suffix `_total`."""

    def add(self, number: int = 1, **labels: str) -> None:
        """Count so many more."""
        self._record(
            lambda meter: meter.create_counter(self.name, self.text, self.unit),
            lambda made: made.add(number, labels),
        )


class Gauge(_Instrument):
    """What is so now."""

    def set(self, value: float, **labels: str) -> None:
        """Say how much; never below zero."""
        self._record(
            lambda meter: meter.create_gauge_float(self.name, self.text, self.unit),
            lambda made: made.set(float(value), labels),
        )


class Durations(_Instrument):
    """A histogram of seconds; exported with the suffix `_seconds`."""

    def record(self, seconds: float, **labels: str) -> None:
        """One more."""
        self._record(
            lambda meter: meter.create_histogram_timedelta(self.name, self.text, "duration"),
            lambda made: made.record(timedelta(seconds=max(0.0, seconds)), labels),
        )


HTTP_REQUESTS = Counter("mon_espace_http_requests", "HTTP answers, by route, method and status")
HTTP_DURATION = Durations("mon_espace_http_request_duration", "How long HTTP answers took, by route")
REFUSED_UPDATES = Counter(
    "mon_espace_refused_updates", "Messages that the registration refused to the facade, by first code"
)
UNAVAILABLE = Counter("mon_espace_unavailable_answers", "Answers that the engine did not give in time")
LIMITS_HIT = Counter("mon_espace_limits_hit", "What was not let through, by limit")
MAILS = Counter("mon_espace_mails", "Attempts to send, by kind of mail and result")
INSEE_ANSWERS = Counter("mon_espace_insee_answers", "Questions about a SIRET, by result")

#: Seconds; the answer is due within three.
BUCKETS = {
    HTTP_DURATION.name: (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0),
}
