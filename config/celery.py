"""Celery: wake-up hints only. A row in the database decides what is done (documents/relay).

No result backend, no beat, no chords, no ETA: each of them would make the broker a second truth.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from config.celery_hints import use_hints
from config.database.reach import serve_all_tenants
from config.worker_pulse import WorkerPulse
from documents.processing.lifeline import die_with
from documents.processing.sandbox_level import ensure_sandbox_level
from documents.processing.stopping import forget_stop, request_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

use_hints()
app = Celery("countermark")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    # The message is dropped once taken: a lost one is found again by the relay's sweep, and a
    # redelivered one could only collide with the lease.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    # The request path never waits for the broker.
    task_publish_retry=False,
    # A worker outlives any outage of the broker.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    # One connection to the database for each child, not for each task: opening one takes as much
    # processor time as a small document's rows. A stale one is noticed and replaced (processing).
    CELERY_DB_REUSE_MAX=1000,
)
app.autodiscover_tasks(["documents"])
_worker_pid = os.getpid()
_pulse = WorkerPulse()


def keep_our_logging(**_: Any) -> None:
    """Stop Celery from replacing the logging that the settings configured."""


def begin(**_: Any) -> None:
    """Look at the sandbox, take jobs of all tenants, and remember the children's parent."""
    global _worker_pid
    _worker_pid = os.getpid()
    serve_all_tenants()
    forget_stop()
    ensure_sandbox_level()


def begin_child(**_: Any) -> None:
    """Let no child outlive its worker."""
    die_with(_worker_pid)


def stop(**_: Any) -> None:
    """Have the children hand back their jobs, so that a warm shutdown takes no longer than that."""
    request_stop()


setup_logging.connect(keep_our_logging)
worker_init.connect(begin)
worker_process_init.connect(begin_child)
worker_shutting_down.connect(stop)
worker_ready.connect(_pulse.begin)
worker_shutdown.connect(_pulse.end)
