"""Everything there is to tell, in Prometheus' text format."""

from __future__ import annotations

import os
from collections.abc import Iterable

import structlog
from django.db import connection, transaction
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.metrics import number

log = structlog.get_logger("metrics")

PREFIX = "countermark_"
# A number that takes longer than this would be asked for again before it is there.
TIMEOUT_MILLISECONDS = 2000


def exposition() -> bytes:
    """Return all numbers (text format 0.0.4), of the rows within the caller's reach.

    Counts of requests are those of all web processes on this machine.
    """
    rows = CollectorRegistry()
    rows.register(_Rows())
    return generate_latest(rows) + generate_latest(counted_requests())


def counted_requests() -> CollectorRegistry:
    """Return what the web processes of this machine have counted since the server began."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    processes = CollectorRegistry()
    MultiProcessCollector(processes)  # type: ignore[no-untyped-call] # not typed there
    return processes


class _Rows(Collector):
    """Asks each room; one number that cannot be had keeps no other from being told."""

    def collect(self) -> Iterable[Metric]:
        failed = GaugeMetricFamily(
            f"{PREFIX}metric_failed", "Numbers that could not be had.", labels=("metric",)
        )
        for each in number.known_numbers():
            try:
                yield _family(each)
            except Exception as error:
                log.error("metric_failed", metric=each.name, error=repr(error))
                failed.add_metric([each.name], 1)
        yield failed


def _family(asked: number.Number) -> Metric:
    kind = CounterMetricFamily if asked.is_counter else GaugeMetricFamily
    family = kind(PREFIX + asked.name, asked.description, labels=asked.labels)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MILLISECONDS}")
        for labels, value in asked.read():
            family.add_metric(labels, value)
    return family
