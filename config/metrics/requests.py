"""Counting requests, and how long each took."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Histogram

NAME = "countermark_http_request_duration_seconds"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Two first requests at once must not both register it: the library refuses the second.
_first = Lock()


@cache
def _histogram() -> Histogram:
    # Only now: the library looks at PROMETHEUS_MULTIPROC_DIR when it is imported, and gunicorn
    # knows how many processes there will be after it has imported half of this room.
    from prometheus_client import Histogram

    description = "How long requests took, from the first middleware to the answer's head."
    return Histogram(NAME, description, ("method", "route", "status"), buckets=BUCKETS)


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request. ``route`` is the address's pattern: there are few of those."""
    # Anybody may send any word as method; each would be kept for ever.
    method = method if method in METHODS else "other"
    with _first:
        histogram = _histogram()
    histogram.labels(method, route, str(status)).observe(seconds)
