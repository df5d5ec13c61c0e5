"""What is left of a limit, told in headers.

``RateLimit`` and ``RateLimit-Policy`` are those of draft-ietf-httpapi-ratelimit-headers-10; the
older three have no document, but clients that know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

WINDOW_SECONDS = 60


class Taken(Protocol):
    """A count of accounts' ``services/rates.py``, which this half of the room cannot name."""

    @property
    def what(self) -> str:
        """The limit's name."""

    @property
    def limit(self) -> int:
        """How many in a window."""

    @property
    def remaining(self) -> int:
        """How many more."""

    @property
    def reset_seconds(self) -> int:
        """When there will be room again."""


def rate_headers(taken: Taken | None) -> Mapping[str, str]:
    """Return the headers that tell ``taken``; none where nothing is limited."""
    if taken is None:
        return {}
    return {
        "RateLimit-Policy": f'"{taken.what}";q={taken.limit};w={WINDOW_SECONDS}',
        "RateLimit": f'"{taken.what}";r={taken.remaining};t={taken.reset_seconds}',
        "X-RateLimit-Limit": str(taken.limit),
        "X-RateLimit-Remaining": str(taken.remaining),
        "X-RateLimit-Reset": str(taken.reset_seconds),
    }
