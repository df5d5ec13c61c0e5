"""One listener a process for all its sockets: states come in once and fan out here.

A connection to Valkey for each socket delivers a third of the messages when there are many
(docs/decisions/0006). The database is read for all that is watched together every
``TRUTH_SECONDS``, so a message that got lost delays what a watcher sees by that much and no more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, Protocol, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from redis import asyncio as redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config.database.reach import all_tenants
from documents.watched import Snapshot, Watched

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)

TRUTH_SECONDS = 2.0
RECONNECT_SECONDS = 0.5
LOST = (redis.RedisError, OSError)
# Few: sockets ask little, and each thread may hold a connection of the pool.
_threads = ThreadPoolExecutor(2, thread_name_prefix="sockets")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``work``, which queries, for a socket or another waiting request."""
    run = database_sync_to_async(work, thread_sensitive=False, executor=_threads)
    result: T = await run(*args, **kwargs)
    return result


@all_tenants()  # everybody's at once; each watcher was let in for its own
def read_watched(watched: Collection[Watched]) -> list[tuple[Watched, Snapshot]]:
    """Return what is true now of all that somebody watches."""
    ids: dict[type[Watched], list[UUID]] = {}
    for each in watched:
        ids.setdefault(type(each), []).append(each.id)
    return [
        (kind(UUID(snapshot["id"])), snapshot)
        for kind, these in ids.items()
        for snapshot in kind.read(these)
    ]


class Watcher(Protocol):
    """Somebody who wants to see the newest state of one thing."""

    def offer(self, snapshot: Snapshot, *, is_read: bool) -> None:
        """Take a state; must not block. ``is_read``: it comes from the database just now."""


class Hub:
    """The watchers of one event loop, by what they watch."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = {}
        self._watched: dict[str, Watched] = {}
        self._lock = asyncio.Lock()  # one subscription at a time, else redis-py loses some
        self._pubsub: PubSub | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def watch(self, watched: Watched, watcher: Watcher) -> None:
        """From now on offer every state of ``watched`` to ``watcher``.

        Returns when the subscription is sent, so that whoever reads the database next misses
        nothing; or when that failed, and only the regular reading is left until it heals.
        """
        channel = watched.channel
        async with self._lock:
            self._watched[channel] = watched
            known = self._watchers.setdefault(channel, set())
            known.add(watcher)
            if not self._tasks:
                await self._connect()
                self._tasks = [asyncio.create_task(self._listen())]
                self._tasks += [asyncio.create_task(self._tell_truth())]
            elif len(known) == 1 and self._pubsub:
                await self._try(self._pubsub.subscribe(channel))

    async def unwatch(self, watched: Watched, watcher: Watcher) -> None:
        """Stop offering; the last watcher switches the light off."""
        channel = watched.channel
        async with self._lock:
            known = self._watchers.get(channel, set())
            known.discard(watcher)
            if known:
                return
            self._watchers.pop(channel, None)
            self._watched.pop(channel, None)
            if not self._watchers:
                await self._stop()
            elif self._pubsub:
                await self._try(self._pubsub.unsubscribe(channel))

    async def _listen(self) -> None:
        while True:
            if self._pubsub is None:
                await asyncio.sleep(RECONNECT_SECONDS)
                async with self._lock:
                    await self._connect()
                continue
            try:
                message = await self._pubsub.get_message(timeout=None)
            except LOST as error:
                log.warning("hub_disconnected", error=str(error))
                async with self._lock:
                    await self._disconnect()
                continue
            if message and message["type"] == "message":
                self._deliver(message["channel"].decode(), json.loads(message["data"]))

    async def _tell_truth(self) -> None:
        while True:
            await asyncio.sleep(TRUTH_SECONDS)
            try:
                truth = await in_thread(read_watched, list(self._watched.values()))
            except DatabaseError as error:
                log.warning("hub_cannot_read", error=str(error).strip())
                continue
            for watched, snapshot in truth:
                self._deliver(watched.channel, snapshot, is_read=True)

    def _deliver(self, channel: str, snapshot: Snapshot, *, is_read: bool = False) -> None:
        for watcher in tuple(self._watchers.get(channel, ())):
            watcher.offer(snapshot, is_read=is_read)

    async def _connect(self) -> None:
        if self._pubsub is None:
            client = redis.Redis.from_url(
                settings.REDIS_URL,
                client_name=f"{settings.CHANNEL_PREFIX}.hub",
                socket_connect_timeout=1,
                socket_timeout=None,
                socket_keepalive=True,
                retry=Retry(NoBackoff(), 0),
            )
            self._pubsub = client.pubsub()
            await self._try(self._pubsub.subscribe(*self._watchers))

    async def _try(self, command: Any) -> None:
        try:
            await command
        except LOST as error:
            log.warning("hub_not_connected", error=str(error))
            await self._disconnect()

    async def _disconnect(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub:
            with suppress(*LOST):
                await pubsub.aclose()  # type: ignore[no-untyped-call] # redis-py's own
                await pubsub.connection_pool.aclose()

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._disconnect()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop: a server has one, each test its own."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
