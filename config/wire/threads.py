"""Bounded threads behind the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from config.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Overloaded(Unavailable):
    """More work is waiting for a thread than could be done while a client still listens."""

    code = "overloaded"
    message = "The service is very busy at the moment. Please try again."
    retry_after_seconds = 2


class Threads:
    """A fixed number of threads and a bounded queue in front of them.

    ``waiting_max`` is the number of calls that may wait beside the running ones (None: all).
    The threads start with the first call, so a process that forks before that loses none, and
    again after ``close()``, so one application object can serve several servers in turn.
    """

    def __init__(self, *, name: str, count: int, waiting_max: int | None = None) -> None:
        self.name = name
        self.count = count
        self._limit = None if waiting_max is None else count + waiting_max
        self._unfinished = 0
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a thread, in a copy of the caller's context; raises Overloaded.

        Cancelling the caller does not stop work that has begun.
        """
        if self._limit is not None and self._unfinished >= self._limit:
            raise Overloaded
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.count, thread_name_prefix=self.name)
        self._unfinished += 1
        try:
            return await asyncio.wrap_future(
                self._pool.submit(copy_context().run, partial(work, *args, **kwargs))
            )
        finally:
            self._unfinished -= 1

    async def close(self) -> None:
        """Wait for what runs, drop what waits, end the threads."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)
