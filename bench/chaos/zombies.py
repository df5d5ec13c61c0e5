"""Holders of a lease that sleep with their copy in hand and wake while others do the same job.

Whoever sleeps during the work finds out with the next heartbeat. Here the work is done and nothing
is left but to end the job: only the token in that statement still stands between one end and two.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from bench.chaos.customer import Customer
from bench.chaos.family import pool_of
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from bench.chaos.tally import take_tally
from bench.chaos.uploading import numbered_pdf
from documents.models import Job

# The most that a document may have: a second of work, so that the second attempt goes on when the
# first one wakes.
PAGES = 20_000
_WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE relation = 'documents_blob'::regclass AND NOT granted
        AND query LIKE '%SELECT "documents_document"%'
"""
Lines = Callable[[Stage], list[dict[str, Any]]]


def fenced_out(stage: Stage, customer: Customer, lines: Lines, *, rounds: int) -> Finding:
    """Let so many sleep and wake; ``lines``: what workers have logged about ends of attempts."""
    jobs = [_one(stage, customer, lines) for _ in range(rounds)]
    tally = take_tally(list(Job.objects.values_list("pk", flat=True)))
    told = {(line["job"], line["attempt"]): line["state"] for line in lines(stage)}
    late = [told[job, 1] for job in jobs]
    ended = [tally.rows[job] for job in jobs]
    return Finding(
        "J1 zombies",
        set(late) == {"lost"}
        and all((row.state, row.attempt) == ("succeeded", 2) for row in ended)
        and not any(row.is_lost or row.is_doubled for row in ended),
        f"{rounds} woke with a copy while another worker was at the job: {', '.join(late)};"
        f" the jobs: {', '.join(f'{row.state} at attempt {row.attempt}' for row in ended)}",
    )


def _one(stage: Stage, customer: Customer, lines: Lines) -> str:
    """Put one to sleep and wake it in the middle of the next attempt; return the job's id."""
    asked = customer.mark(numbered_pdf(PAGES)).raise_for_status()
    job_id = str(asked.json()["id"])
    holder = _holder(stage, job_id)
    with _nobody_ends(stage) as somebody_waits:
        wait_until(somebody_waits)
        os.kill(holder, signal.SIGSTOP)
    try:
        wait_until(lambda: Job.objects.filter(pk=job_id, state="running", attempt=2).exists())
    finally:
        os.kill(holder, signal.SIGCONT)
    wait_until(lambda: any((each["job"], each["attempt"]) == (job_id, 1) for each in lines(stage)))
    wait_until(lambda: Job.objects.get(pk=job_id).is_ended)
    return job_id


def _holder(stage: Stage, job_id: str) -> int:
    """Return the pool child that works at the job."""
    source = str(Job.objects.select_related("document").get(pk=job_id).document.blob_id)
    found: list[int] = []

    def look() -> bool:
        parts = [part for name, part in stage.parts.items() if name.startswith("worker")]
        children = [child for part in parts if part.pid for child in pool_of(part.pid)]
        found[:] = [each.pid for each in children if each.engine and source in each.open_files()]
        return bool(found)

    wait_until(look)
    return found[0]


@contextmanager
def _nobody_ends(stage: Stage) -> Iterator[Callable[[], bool]]:
    """Inside the block nobody reads copies' rows, which is what the end of a job begins with.

    Yields how to see that somebody wants to.
    """
    with psycopg.connect(stage.cluster.url) as holding:
        holding.execute("LOCK TABLE documents_blob IN ACCESS EXCLUSIVE MODE")

        def somebody_waits() -> bool:
            with connection.cursor() as cursor:  # inside the transaction nobody else is seen anew
                cursor.execute(_WAITING)
                return bool(cursor.fetchone()[0])

        yield somebody_waits
        holding.rollback()
