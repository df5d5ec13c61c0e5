"""Valkey for what may fail: short timeouts, one attempt, and a pause after a failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 0.5
PAUSE_SECONDS = 2.0


class Valkey:
    """Runs commands that nobody's work depends on; safe across forks and between threads.

    After a failure it does not try again for ``PAUSE_SECONDS``: an outage must not slow every
    request and job down by a timeout each.
    """

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            # Once more at once: a server that restarted has closed the connections kept here.
            retry=Retry(NoBackoff(), 1),
        )
        self._silent_until = 0.0

    def attempt(self, purpose: str, command: Callable[[redis.Redis], T]) -> T | None:
        """Return what ``command`` returns; None when the server could not be asked."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            return command(self._client)
        except redis.RedisError as error:
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("valkey_away", purpose=purpose, error=str(error))
            return None


def valkey() -> Valkey:
    """Return this process's client."""
    return _valkey(settings.REDIS_URL)


@cache
def _valkey(url: str) -> Valkey:
    return Valkey(url)
