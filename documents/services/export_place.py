"""One export of a workspace at a time: a place in Valkey, held as long as somebody reads.

An export that is read by nobody for ``HELD_SECONDS``, and one whose process has died, gives way.
Without Valkey nobody counts: it spares other tenants work, and an outage must keep no owner from
their data.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.conf import settings

from config.errors import LimitReached
from config.valkey import valkey

HELD_SECONDS = 300
# How often the place is asked for anew: far more often than it ends, far less than pieces go out.
ANEW_SECONDS = 10.0

_HOLD = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
"""
_GIVE_BACK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class ExportUnderWay(LimitReached):
    """The workspace has an export that is being sent."""

    code = "export_under_way"
    status = 429
    message = (
        "An export of this workspace is being sent already. When it has come, or five minutes after"
        " it was broken off, you can start another."
    )
    retry_after_seconds: ClassVar[int] = 60


@dataclass(slots=True)
class ExportPlace:
    """A place that is somebody's until it is given back, or not held for ``HELD_SECONDS``."""

    key: str
    token: str
    held_at: float = field(default_factory=time.monotonic)

    @classmethod
    def taken(cls, tenant_id: UUID) -> ExportPlace:
        """Return the tenant's place. Raises ExportUnderWay."""
        place = cls(f"{settings.CHANNEL_PREFIX}.export.{tenant_id}", uuid4().hex)
        is_free = valkey().attempt(
            "export",
            lambda client: [client.set(place.key, place.token, nx=True, ex=HELD_SECONDS)],
        )
        if is_free == [None]:
            raise ExportUnderWay
        return place

    def hold(self) -> None:
        """Keep it: somebody reads."""
        if time.monotonic() - self.held_at >= ANEW_SECONDS:
            self.held_at = time.monotonic()
            self._run(_HOLD, HELD_SECONDS)

    def give_back(self) -> None:
        """Let the next one have it, unless that has it already."""
        self._run(_GIVE_BACK)

    def _run(self, script: str, *arguments: Any) -> None:
        given = [self.token, *arguments]
        valkey().attempt("export", lambda client: client.register_script(script)([self.key], given))
