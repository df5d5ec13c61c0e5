"""One reader a process for all sockets that follow a workspace's events.

The outbox is looked at every ``LOOK_SECONDS`` for all workspaces that somebody follows together;
nothing but the rows is asked, so nothing can be told that is not so, and nothing is missed while
Valkey is away. Each event is put into words once, in the thread that read it, for all who follow.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.db import Error

from accounts.webhooks.feed import read_events, recent_events
from config.database.reach import all_tenants
from config.errors import LimitReached
from config.wire.places import Places
from documents.hub import in_thread

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# After so long without a look that worked nobody is left to believe that nothing happens.
BLIND_SECONDS = 30.0
# What a follower is handed, and sends, at a time; between two others have their turn.
CHUNK_EVENTS = 50


class TooManySockets(LimitReached):
    """The tenant follows its events as often as it may at once."""

    code = "too_many_event_sockets"
    status = 429
    message = "Too many sockets of events are open. Close some; one hears everything."
    retry_after_seconds: ClassVar[int] = 5


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is sent to everybody who follows."""

    type: str
    text: str


class Follower(Protocol):
    """Somebody who wants every event of one workspace."""

    def tell_events(self, events: Sequence[Told]) -> None:
        """Take some events, never more than ``CHUNK_EVENTS``; must not block."""

    def send_away(self) -> None:
        """Learn that events cannot be told any more, and leave; must not block."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there was at one moment of the database's clock."""

    at: datetime
    seen: set[UUID]
    news: dict[UUID, list[Told]]


@all_tenants()  # of whoever is followed; each follower was let in for its own
def _look(tenant_ids: Collection[UUID], seen: set[UUID] | None, looked_at: datetime | None) -> Look:
    """Look at what was not ``seen``; without it at nothing: what is there is no news then."""
    at, recent = recent_events(tenant_ids, looked_at=looked_at)
    news: dict[UUID, list[Told]] = {}
    new = set() if seen is None else recent - seen
    for tenant_id, event in read_events(new) if new else ():
        told = Told(event["type"], json.dumps({"type": "event", "event": event}))
        news.setdefault(tenant_id, []).append(told)
    return Look(at, recent, news)


class EventFeed:
    """The followers of one event loop, by workspace."""

    def __init__(self) -> None:
        self.places = Places(TooManySockets)
        self._followers: dict[UUID, set[Follower]] = {}
        self._seen: set[UUID] = set()
        self._looked_at: datetime | None = None
        self._blind_at = 0.0
        self._lock = asyncio.Lock()  # a look and a newcomer's first one never overlap
        self._task: asyncio.Task[None] | None = None

    async def follow(self, tenant_id: UUID, follower: Follower) -> None:
        """From now on tell ``follower`` every event of the workspace, once.

        Returns when what comes next will be told; raises DatabaseError when that cannot be known.
        """
        async with self._lock:
            if tenant_id not in self._followers:
                # What was there before is no news: as far as the next look goes back.
                look = await in_thread(_look, [tenant_id], None, self._looked_at)
                self._seen |= look.seen
                self._looked_at = self._looked_at or look.at
            self._followers.setdefault(tenant_id, set()).add(follower)
            if self._task is None:
                self._has_looked()
                self._task = asyncio.create_task(self._look_on())

    async def leave(self, tenant_id: UUID, follower: Follower) -> None:
        """Tell no more; the last one switches the light off."""
        async with self._lock:
            followers = self._followers.get(tenant_id, set())
            followers.discard(follower)
            if not followers:
                self._followers.pop(tenant_id, None)
            if not self._followers and self._task is not None:
                self._task.cancel()
                self._task = None
                self._seen = set()
                self._looked_at = None

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with self._lock:
                try:
                    await self._tell_news()
                except Exception as error:  # whatever it is: else nothing were told ever after
                    is_ours = not isinstance(error, Error)
                    log.warning(
                        "event_feed_cannot_read", error=str(error).strip(), exc_info=is_ours
                    )
                    self._send_away_from_the_dark()

    async def _tell_news(self) -> None:
        look = await in_thread(_look, list(self._followers), self._seen, self._looked_at)
        self._seen, self._looked_at = look.seen, look.at
        self._has_looked()
        for tenant_id, events in look.news.items():
            for start in range(0, len(events), CHUNK_EVENTS):
                chunk = events[start : start + CHUNK_EVENTS]
                for follower in tuple(self._followers.get(tenant_id, ())):
                    follower.tell_events(chunk)
                await asyncio.sleep(0)  # they may send it, and others do something else

    def _has_looked(self) -> None:
        self._blind_at = asyncio.get_running_loop().time() + BLIND_SECONDS

    def _send_away_from_the_dark(self) -> None:
        if asyncio.get_running_loop().time() >= self._blind_at:
            for followers in self._followers.values():
                for follower in followers:
                    follower.send_away()


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, EventFeed] = WeakKeyDictionary()


def event_feed() -> EventFeed:
    """Return the feed of the running event loop: a server has one, each test its own."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = EventFeed()
    return _feeds[loop]
