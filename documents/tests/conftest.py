"""The cast and the services for the tests of this room."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from accounts.tests.cast import member, owner, staff, stranger, tenant, viewer
from config import valkey
from documents.broker import BACKLOG_SUFFIX
from documents.tests.live import blob_dir, live, web_process
from documents.tests.object_server import object_server

__all__ = [
    "blob_dir",
    "live",
    "member",
    "object_server",
    "owner",
    "staff",
    "stranger",
    "tenant",
    "viewer",
    "web_process",
]


class Queue:
    """What waits for workers, in the broker that they use."""

    def __init__(self) -> None:
        self.client = redis.Redis.from_url(settings.REDIS_URL)
        self.lists = (
            settings.CELERY_TASK_DEFAULT_QUEUE,
            settings.CELERY_TASK_DEFAULT_QUEUE + BACKLOG_SUFFIX,
        )

    def clear(self) -> None:
        """Throw everything away."""
        self.client.delete(*self.lists)

    def take_all(self) -> list[str]:
        """Return the ids of the jobs in the order in which workers would get them."""
        ids = []
        for name in self.lists:
            while message := self.client.rpop(name):
                body = base64.b64decode(json.loads(message)["body"])
                ids.append(json.loads(body)[1]["job_id"])
        return ids


@pytest.fixture
def queue() -> Iterator[Queue]:
    """The queue, empty before and after."""
    queue = Queue()
    queue.clear()
    yield queue
    queue.clear()
    queue.client.close()


@pytest.fixture
def no_valkey(settings: object) -> Iterator[None]:
    """Let nobody listen where Valkey is expected."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined] # pytest-django's
    yield
    valkey._valkey.cache_clear()
