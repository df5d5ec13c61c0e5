"""The rows of keys that were shown a moment ago: who asks often is looked up every other second.

What a row says is looked at each time it is used; only that the row itself has changed (a key
revoked, a tenant suspended) is noticed so many seconds later. Asking for it is a third of the work
of a small request (bench/api.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from accounts.models import APIKey

# A process forgets all of them when it would keep more: each is about two kilobytes.
KEPT_AT_MOST = 5_000

_rows: dict[str, tuple[float, APIKey]] = {}


def recent_key(lookup: str, read: Callable[[str], APIKey | None]) -> APIKey | None:
    """Return the key's row: the one that ``read`` gave lately, or else what it gives now.

    That there is none is not kept, so that nobody fills the memory with what is no key. Threads
    share the rows: nobody may change them, but for when they were last used.
    """
    seconds = settings.API_KEY_RECHECK_SECONDS
    now = time.monotonic()
    kept = _rows.get(lookup)
    if kept is not None and now - kept[0] < seconds:
        return kept[1]
    key = read(lookup)
    if key is None:
        _rows.pop(lookup, None)
    elif seconds:
        if len(_rows) >= KEPT_AT_MOST:
            _rows.clear()
        _rows[lookup] = (now, key)
    return key
