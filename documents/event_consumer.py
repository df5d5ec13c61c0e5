"""``/ws/v1/events/``: everything that webhook endpoints are told, live; also without any endpoint.

What the server sends, each a JSON object with a ``type``:

* ``events.ready``, always first: whatever happens from now on is told;
* ``event`` with ``event``: one, as ``GET /api/v1/events/`` lists it; each once;
* ``heartbeat`` when nothing has happened for a while;
* ``pong``, ``error`` and the codes of a close as on the sockets of jobs (documents/consumers.py);
  4422: there is no such type of event; 4429: the client reads more slowly than things happen.

``?type=job.succeeded`` (any number of them) leaves out the others. It never ends of itself: after
a broken connection connect again, and read ``GET /api/v1/events/`` for what was missed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs
from uuid import UUID

from accounts.event_types import known_event_types
from config.errors import Invalid, LimitReached
from documents.consumers import AdmittingConsumer
from documents.event_feed import Event, event_feed

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.watched import Visible

# Below what proxies wait for an answer to go on (nginx: 60 seconds).
HEARTBEAT_SECONDS = 15.0
# What a client may be behind: a batch at its largest, begun and ended.
WAITING_MAX = 4000


class TooSlow(LimitReached):
    """More has happened than the client has read."""

    code = "events_read_too_slowly"
    status = 429
    retry_after_seconds: ClassVar[int] = 1
    message = "More has happened than was read. Read GET /api/v1/events/ for what was missed."


@dataclass(frozen=True)
class EventsOf:
    """All events of a workspace; of the caller's own while it is not known."""

    tenant_id: UUID | None = None
    scope: str = "webhooks:read"

    def is_visible_to(self, principal: Principal) -> bool:
        """Whether it is the principal's: a person may have gone on to another workspace."""
        return self.tenant_id in (None, principal.tenant_id)


class EventsConsumer(AdmittingConsumer):
    """Tells one socket the events of its workspace (``documents.event_feed.Follower``)."""

    async def connect(self) -> None:
        """Let the caller in, then tell."""
        self.events = EventsOf()
        self.waiting: asyncio.Queue[Event] = asyncio.Queue(WAITING_MAX)
        self.is_behind = False
        await super().connect()

    def visible(self) -> Visible:
        """Return what the address names."""
        return self.events

    def tell_event(self, event: Event) -> None:
        """Take an event."""
        if not self.types or event["type"] in self.types:
            try:
                self.waiting.put_nowait(event)
            except asyncio.QueueFull:
                self.is_behind = True

    async def show(self) -> None:
        """Tell what happens, for as long as the caller may know."""
        tenant_id = (await self.admit()).tenant_id
        self.events = EventsOf(tenant_id)
        self.types = _types_in(self.scope["query_string"])
        await event_feed().follow(tenant_id, self)
        try:
            await self.tell({"type": "events.ready"})
            while True:
                await self._tell_next()
                await self.admit_again()
        finally:
            await event_feed().leave(tenant_id, self)

    async def _tell_next(self) -> None:
        if self.is_behind:
            raise TooSlow
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                event = await self.waiting.get()
        except TimeoutError:
            await self.tell({"type": "heartbeat"})
        else:
            await self.tell({"type": "event", "event": event})


def _types_in(query: bytes) -> frozenset[str]:
    types = frozenset(parse_qs(query.decode("latin-1")).get("type", ()))
    if types - known_event_types().keys():
        raise Invalid("There is no such type of event; GET /api/v1/event-types/ lists them.")
    return types
