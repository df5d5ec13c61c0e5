"""The queue between those who ask for work and the workers. A message only wakes a worker up.

Losing a message costs a job some seconds until the relay sends another; sending one too many
costs a worker one look at a row. So messages are pushed straight into the lists that Celery's
workers read, which is cheap and knows of an outage at once (docs/decisions/0006).
"""

from __future__ import annotations

import base64
import json
import uuid

import redis
from django.conf import settings

from config.valkey import valkey

TASK = "documents.tasks.run_job"
# kombu keeps a list for each priority of a queue; the one without a suffix is read first.
BACKLOG_SUFFIX = "\x06\x163"


def wake_worker(job_id: uuid.UUID, *, backlog: bool = False) -> bool:
    """Send a worker to ``job_id``; tell whether the broker took the message. Never raises for it.

    ``backlog``: behind the first few jobs of every tenant.
    """
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    message = _message(str(job_id), queue)
    key = queue + BACKLOG_SUFFIX if backlog else queue
    return valkey().attempt("wake_worker", lambda client: client.lpush(key, message)) is not None


def waiting_messages() -> int | None:
    """Return how many messages wait for a worker; None when the broker does not answer."""
    lengths = valkey().attempt("waiting_messages", _lengths)
    return None if lengths is None else sum(lengths)


def _lengths(client: redis.Redis) -> list[int]:
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    pipeline = client.pipeline(transaction=False)
    pipeline.llen(queue)
    pipeline.llen(queue + BACKLOG_SUFFIX)
    return pipeline.execute()


def _message(job_id: str, queue: str) -> bytes:
    """Return a task message of Celery's protocol 2 in kombu's envelope for Redis.

    https://docs.celeryq.dev/en/stable/internals/protocol.html
    """
    body = json.dumps([[], {"job_id": job_id}, {}]).encode()
    message_id = str(uuid.uuid4())
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {
                "lang": "py",
                "task": TASK,
                "id": message_id,
                "root_id": message_id,
                "parent_id": None,
                "ignore_result": True,
            },
            "properties": {
                "correlation_id": message_id,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "delivery_tag": message_id,
                "priority": 0,
                "body_encoding": "base64",
            },
        }
    ).encode()
