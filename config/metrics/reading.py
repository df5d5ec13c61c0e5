"""What the counted requests say: how many, how long, how many failed. For staff to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from prometheus_client.metrics_core import Metric

from config.metrics.exposition import counted_requests
from config.metrics.requests import NAME

# Asked every few seconds by machines, which would hide how long people wait.
NOT_PEOPLE = frozenset({"^health/?$", "^ready/?$", "^metrics/?$"})
P95 = 0.95


@dataclass(frozen=True, slots=True)
class Timings:
    """Requests of one address, or of all. ``buckets``: seconds at most, and how many took that.

    Those that took less are in the buckets before; the last bucket's end is infinity.
    """

    route: str
    buckets: Sequence[tuple[float, int]]
    errors: int

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(count for _, count in self.buckets)

    @property
    def error_percent(self) -> float:
        """How many of a hundred ended in an error of ours (5xx)."""
        return 100 * self.errors / self.count if self.count else 0.0

    @property
    def p95_seconds(self) -> float:
        """How long 95 of 100 took at most, as near as the buckets tell; infinity past the last."""
        return quantile(self.buckets, P95)


def quantile(buckets: Sequence[tuple[float, int]], part: float) -> float:
    """Return the time below which ``part`` of the requests lie, even within each bucket."""
    wanted = part * sum(count for _, count in buckets)
    passed, begin = 0, 0.0
    for end, count in buckets:
        if count and passed + count >= wanted:
            return inf if end == inf else begin + (end - begin) * (wanted - passed) / count
        passed, begin = passed + count, end
    return 0.0


def request_timings() -> list[Timings]:
    """Return the timings of all addresses together (first; its route is empty), then of each."""
    families = [each for each in counted_requests().collect() if each.name == NAME]
    passed, errors = _by_route(families)
    everything: dict[float, float] = defaultdict(float)
    for counts in passed.values():
        for end, count in counts.items():
            everything[end] += count
    each = [_timings(route, counts, errors[route]) for route, counts in passed.items()]
    return [_timings("", everything, sum(errors.values())), *each]


def _by_route(families: Iterable[Metric]) -> tuple[dict[str, dict[float, float]], dict[str, int]]:
    passed: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    errors: dict[str, int] = defaultdict(int)
    for family in families:
        for sample in family.samples:
            route = sample.labels["route"]
            if route in NOT_PEOPLE:
                continue
            if sample.name == f"{NAME}_bucket":
                passed[route][float(sample.labels["le"])] += sample.value
            elif sample.name == f"{NAME}_count" and sample.labels["status"].startswith("5"):
                errors[route] += int(sample.value)
    return passed, errors


def _timings(route: str, passed: Mapping[float, float], errors: int) -> Timings:
    """Return single buckets of Prometheus' cumulative ones."""
    before, buckets = 0, []
    for end in sorted(passed):
        buckets.append((end, int(passed[end]) - before))
        before = int(passed[end])
    return Timings(route, buckets, errors)
