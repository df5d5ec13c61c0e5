"""``/ws/v1/events/``: everything that webhook endpoints are told, live; also without any endpoint.

What the server sends, each a JSON object with a ``type``:

* ``events.ready``, always first: whatever happens from now on is told;
* ``event`` with ``event``: one, as ``GET /api/v1/events/`` lists it; each once;
* ``heartbeat`` when nothing has happened for a while;
* ``pong``, ``error`` and the codes of a close as on the sockets of jobs (documents/consumers.py);
  4422: there is no such type of event; 4429 with ``events_read_too_slowly``: the client reads
  more slowly than things happen, or with ``too_many_event_sockets``: as many are open as may be;
  1013: for half a minute nobody knows what happens.

``?type=job.succeeded`` (any number of them) leaves out the others. It never ends of itself: after
a broken connection connect again, and read ``GET /api/v1/events/`` for what was missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings

from accounts.event_types import known_event_types
from config.errors import Invalid, LimitReached, Unavailable
from documents.consumers import AdmittingConsumer
from documents.event_feed import Told, event_feed

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.watched import Visible

# Below what proxies wait for an answer to go on (nginx: 60 seconds).
HEARTBEAT_SECONDS = 15.0
# How long a client may keep what it is sent waiting until it has caught up. Not how much waits:
# a thousand things may happen at once, and whoever reads is not to blame.
HELD_UP_SECONDS = 30.0


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
        self.waiting: deque[Sequence[Told]] = deque()
        self.news = asyncio.Event()
        self.is_sent_away = False
        self.held_up = 0.0
        await super().connect()

    def visible(self) -> Visible:
        """Return what the address names."""
        return self.events

    def tell_events(self, events: Sequence[Told]) -> None:
        """Take events."""
        asked = [each for each in events if each.type in self.types] if self.types else events
        if asked:
            self.waiting.append(asked)
            self.news.set()

    def send_away(self) -> None:
        """Leave: what happens cannot be told."""
        self.is_sent_away = True
        self.news.set()

    async def show(self) -> None:
        """Tell what happens, for as long as the caller may know."""
        tenant_id = (await self.admit()).tenant_id
        self.events = EventsOf(tenant_id)
        self.types = _types_in(self.scope["query_string"])
        feed = event_feed()
        with feed.places.taken(tenant_id, settings.MAX_EVENT_SOCKETS):
            await feed.follow(tenant_id, self)
            try:
                await self.tell({"type": "events.ready"})
                while not self.is_sent_away:
                    await self._tell_next()
                    await self.admit_again()
            finally:
                await feed.leave(tenant_id, self)
        raise Unavailable

    async def _tell_next(self) -> None:
        if self.waiting:
            await self._send_all(self.waiting.popleft())
            # Sending does not yield while the client's buffers have room.
            await asyncio.sleep(0)
            return
        self.held_up = 0.0
        self.news.clear()
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self.news.wait()
        except TimeoutError:
            await self.tell({"type": "heartbeat"})

    async def _send_all(self, events: Sequence[Told]) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(HELD_UP_SECONDS - self.held_up):
                for event in events:
                    await self.send(text_data=event.text)
        except TimeoutError:
            raise TooSlow from None
        self.held_up += clock() - began


def _types_in(query: bytes) -> frozenset[str]:
    types = frozenset(parse_qs(query.decode("latin-1")).get("type", ()))
    if types - known_event_types().keys():
        raise Invalid("There is no such type of event; GET /api/v1/event-types/ lists them.")
    return types
