"""A worker outlives its broker, whatever it had in hand."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.tests.cast import Person
from documents.broker import waiting_messages, wake_worker
from documents.models import Job
from documents.tests.brokers import Broker
from documents.tests.factories import make_document, make_job, make_pdf
from documents.tests.processes import running, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
WORKER = (
    "-m celery --quiet -A config worker --pool prefork --concurrency 1 --loglevel CRITICAL "
    "--without-gossip --without-mingle --without-heartbeat"
)
# The broker's time-out (config/celery.py) and a little more.
ACKNOWLEDGING_SECONDS = 6.0
# Busy with so many for longer than everything that is done to the broker meanwhile takes.
MANY_PAGES = 5_000


@pytest.fixture
def broker(tmp_path: Path, settings: Any) -> Iterator[Broker]:
    """Return the broker that this process and its workers use."""
    broker = Broker(tmp_path)
    settings.REDIS_URL = broker.url
    yield broker
    broker.kill()


def ended(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).state == "succeeded"


def wake(job: Job) -> bool:
    """Send a message; no sooner than the client looks for its broker again."""
    return waiting_messages() is not None and wake_worker(job.pk)


def goes_through(owner: Person, worker: subprocess.Popen[bytes]) -> bool:
    """Wait for the end of a new job, or of the worker; whether it was the job's."""
    job = make_job(make_document(owner.tenant))
    wait_until(lambda: wake(job))
    wait_until(lambda: ended(job) or worker.poll() is not None)
    return ended(job)


def test_a_worker_outlives_a_broker_that_hangs_and_dies(
    broker: Broker, blob_dir: Path, owner: Person
) -> None:
    """A message that could not be acknowledged was given back to a connection that was no more."""
    first, second = (
        make_job(make_document(owner.tenant, content=make_pdf(MANY_PAGES))) for _ in range(2)
    )
    with running(*WORKER.split(), REDIS_URL=broker.url, CELERY_SKIP_CHECKS="yes") as worker:
        assert wake(first) and wake(second)
        wait_until(lambda: Job.objects.get(pk=first.pk).page > 0)
        broker.strike(signal.SIGSTOP)
        wait_until(lambda: ended(first) and ended(second))
        time.sleep(ACKNOWLEDGING_SECONDS)
        broker.strike(signal.SIGCONT)
        assert goes_through(owner, worker)
        broker.kill()
        broker.start()
        assert goes_through(owner, worker)
