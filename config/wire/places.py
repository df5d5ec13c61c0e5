"""How many of something one tenant may have open at once in this web process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from config.errors import LimitReached


class Places:
    """Counts what is under way by tenant. Lives on one event loop, so it needs no lock.

    A tenant that opens a thousand slow uploads would else have every descriptor and most of the
    staging area to itself, while each single one of them keeps to the minimum rate.
    """

    def __init__(self, refusal: type[LimitReached]) -> None:
        self._refusal = refusal
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, tenant_id: UUID, at_most: int) -> Iterator[None]:
        """Hold a place as long as the block lasts; raises the refusal when there is none."""
        if self._taken[tenant_id] >= at_most:
            raise self._refusal
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            if not self._taken[tenant_id]:
                del self._taken[tenant_id]
