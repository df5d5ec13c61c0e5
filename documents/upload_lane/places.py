"""How many uploads of one tenant this web process takes at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

from config.errors import LimitReached


class TooManyUploads(LimitReached):
    """The tenant is sending as many files as it may at once."""

    code = "too_many_uploads"
    status = 429
    message = "Too many uploads at once. Send this one when another has ended."
    retry_after_seconds: ClassVar[int] = 2


class Places:
    """Counts the uploads under way by tenant. Lives on one event loop, so it needs no lock.

    A tenant that opens a thousand slow uploads would else have every descriptor and most of the
    staging area to itself, while each single one of them keeps to the minimum rate.
    """

    def __init__(self) -> None:
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, tenant_id: UUID, at_most: int) -> Iterator[None]:
        """Hold a place as long as the block lasts; raises TooManyUploads when there is none."""
        if self._taken[tenant_id] >= at_most:
            raise TooManyUploads
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            if not self._taken[tenant_id]:
                del self._taken[tenant_id]
