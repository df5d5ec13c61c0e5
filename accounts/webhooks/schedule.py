"""When a delivery is attempted again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Of those who fell behind together not all come back at the same moment.
JITTER = 0.1
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0


def seconds_until_next(
    attempts: int, *, schedule: Sequence[int], retry_after: float | None = None
) -> float | None:
    """Return the wait after so many failed attempts; None when that was the last one.

    ``schedule`` has the wait before each attempt. What the receiver asks for (``Retry-After``)
    only ever makes it longer.
    """
    if attempts >= len(schedule):
        return None
    wait = schedule[attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    return max(wait, min(retry_after or 0.0, LONGEST_RETRY_AFTER_SECONDS))


def read_retry_after(text: str, *, now: datetime | None = None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3); None for none.

    What is not understood asks for nothing.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
