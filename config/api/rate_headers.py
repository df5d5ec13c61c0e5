"""What is left of a limit, told in headers.

``RateLimit`` and ``RateLimit-Policy`` are those of draft-ietf-httpapi-ratelimit-headers-10; the
older three have no document, but clients that know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

WINDOW_SECONDS = 60
# Where the upload lane leaves its count for the view's answer, in the request's environ.
UPLOADS_TAKEN = "countermark.uploads_taken"


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


def rate_headers(*counts: Taken | None) -> Mapping[str, str]:
    """Return the headers that tell all ``counts``; none where nothing is limited.

    The older headers know one limit only: the one of which least is left.
    """
    taken = [count for count in counts if count is not None]
    if not taken:
        return {}
    least = min(taken, key=lambda count: count.remaining)
    return {
        "RateLimit-Policy": ", ".join(
            f'"{each.what}";q={each.limit};w={WINDOW_SECONDS}' for each in taken
        ),
        "RateLimit": ", ".join(
            f'"{each.what}";r={each.remaining};t={each.reset_seconds}' for each in taken
        ),
        "X-RateLimit-Limit": str(least.limit),
        "X-RateLimit-Remaining": str(least.remaining),
        "X-RateLimit-Reset": str(least.reset_seconds),
    }
