"""One reader a process for all sockets that follow a workspace's events.

The outbox is looked at every ``LOOK_SECONDS`` for all workspaces that somebody follows together;
nothing but the rows is asked, so nothing can be told that is not so, and nothing is missed while
Valkey is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.db import DatabaseError

from accounts.webhooks.feed import read_events, recent_events
from config.database.reach import all_tenants
from documents.hub import in_thread

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0

Event = dict[str, Any]


class Follower(Protocol):
    """Somebody who wants every event of one workspace."""

    def tell_event(self, event: Event) -> None:
        """Take an event; must not block."""


@all_tenants()  # of whoever is followed; each follower was let in for its own
def _recent(tenant_ids: Collection[UUID]) -> set[UUID]:
    return recent_events(tenant_ids)


@all_tenants()
def _news(tenant_ids: Collection[UUID], seen: set[UUID]) -> tuple[set[UUID], list[Any]]:
    recent = recent_events(tenant_ids)
    new = recent - seen
    return recent, read_events(new) if new else []


class EventFeed:
    """The followers of one event loop, by workspace."""

    def __init__(self) -> None:
        self._followers: dict[UUID, set[Follower]] = {}
        self._seen: set[UUID] = set()
        self._lock = asyncio.Lock()  # a look and a newcomer's first one never overlap
        self._task: asyncio.Task[None] | None = None

    async def follow(self, tenant_id: UUID, follower: Follower) -> None:
        """From now on tell ``follower`` every event of the workspace, once.

        Returns when what comes next will be told; raises DatabaseError when that cannot be known.
        """
        async with self._lock:
            if tenant_id not in self._followers:
                # What was there before is no news.
                self._seen |= await in_thread(_recent, [tenant_id])
            self._followers.setdefault(tenant_id, set()).add(follower)
            if self._task is None:
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

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with self._lock:
                try:
                    self._seen, news = await in_thread(_news, list(self._followers), self._seen)
                except DatabaseError as error:
                    log.warning("event_feed_cannot_read", error=str(error).strip())
                    continue
                for tenant_id, event in news:
                    for follower in tuple(self._followers.get(tenant_id, ())):
                        follower.tell_event(event)


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, EventFeed] = WeakKeyDictionary()


def event_feed() -> EventFeed:
    """Return the feed of the running event loop: a server has one, each test its own."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = EventFeed()
    return _feeds[loop]
