"""The SDK's runtime of this process: its log lines join ours, its metrics and ours are exported together."""

import logging

import structlog
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from infrastructure import metrics

log = structlog.get_logger(__name__)


def begin(metrics_address: str = "") -> None:
    """Set the process's runtime. To be called once, before anything of the SDK runs.

    Args:
        metrics_address: `host:port` on which `/metrics` answers; nowhere when empty. An address that cannot
            be had is logged as an error: the process works on without metrics.
    """
    runtime = _exporting(metrics_address) if metrics_address else None
    runtime = runtime or Runtime(telemetry=TelemetryConfig(logging=_logging()))
    Runtime.set_default(runtime, error_if_already_set=False)
    metrics.use(runtime.metric_meter)


def _exporting(address: str) -> Runtime | None:
    exporter = PrometheusConfig(
        bind_address=address,
        # Prometheus's own conventions; the dashboards and alerts under ops/ count on them.
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides=metrics.BUCKETS,
    )
    telemetry = TelemetryConfig(logging=_logging(), metrics=exporter, attach_service_name=False)
    try:
        return Runtime(telemetry=telemetry)
    except ValueError as error:
        log.error("no metrics", address=address, why=str(error))
        return None


def _logging() -> LoggingConfig:
    """The native part's lines go to standard output by default, in a form of their own."""
    return LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
    )
