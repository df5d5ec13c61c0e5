"""J1 and J2: every job has one end, whoever is killed or late at it; poison harms nobody else."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bench.chaos.customer import Customer, make_customer
from bench.chaos.family import PoolChild, pool_of
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from bench.chaos.strikes import Strikes
from bench.chaos.tally import ENDED, Row, Watch, take_tally
from bench.chaos.uploading import Uploads, numbered_pdf
from bench.chaos.zombies import fenced_out
from documents.models import Job

WORKERS, RELAYS = 2, 2
PROMISED_SECONDS = 45.0
LEASE_SECONDS = {"whole": 30, "short": 3}
# Pages of a document: a tenth of a second of work to half of one.
PAGES = (50, 6_000)
# About a second of work: long enough to be caught at it, on a busy machine too.
POISON_PAGES = 20_000
# What may end a job for good that did nothing wrong but to be struck three times.
STRUCK = {"worker_lost", "engine_crashed"}
ATTEMPTS = 3


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Strike while uploads go on; then wake the late; then poison some."""
    lease = LEASE_SECONDS["short" if short else "whole"]
    stage.start_web()
    start_workers_and_relays(stage, lease)
    customer = make_customer(stage.url, monthly_documents=1_000_000)
    jobs, strikes = (60, 6) if short else (500, 20)
    yield from under_strikes(stage, customer, seed, jobs=jobs, strikes=strikes, lease=lease)

    for name, part in stage.parts.items():
        if name.startswith(("worker", "relay")):
            part.stop(signal.SIGKILL)
    start_workers_and_relays(stage, LEASE_SECONDS["short"])
    yield fenced_out(stage, customer, all_job_lines, rounds=1 if short else 3)
    yield poisoned(stage, customer, jobs=40 if short else 300)


def start_workers_and_relays(stage: Stage, lease: int) -> None:
    """Start two of each, with leases of so many seconds."""
    workers = stage.start_workers(WORKERS, COUNTERMARK_JOB_LEASE_SECONDS=str(lease))
    stage.start_relays(RELAYS, COUNTERMARK_JOB_LEASE_SECONDS=str(lease))
    wait_until(lambda: all(len(pool_of(worker.pid)) == 2 for worker in workers))


def under_strikes(
    stage: Stage, customer: Customer, seed: int, *, jobs: int, strikes: int, lease: int
) -> Iterator[Finding]:
    """Let strikes fall evenly over all that is uploaded and done, then count."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    pages = [dice.randint(*PAGES) for _ in range(jobs)]
    with Watch() as watch:
        uploads = Uploads(
            customer,
            jobs,
            content=lambda number: numbered_pdf(pages[number]),
            # So that there are uploads until the last strike.
            may_go_on=lambda: len(uploads.accepted) - watch.ended < jobs // 10,
        )
        blows = Strikes(stage, dice, is_asked=lambda: uploads.under_way > 0)
        began_at = time.monotonic()
        uploads.start()
        for number in range(strikes):
            due = jobs * (number + 1) // (strikes + 1)
            wait_until(lambda due=due: watch.ended >= due, seconds=300)
            time.sleep(dice.uniform(0, 0.5))
            print(f"# {time.monotonic() - began_at:5.1f} s: {blows.strike()}", flush=True)
        last_at = time.monotonic()
        uploads.join()
        wait_until(lambda: not live_jobs(), seconds=300)
        after = time.monotonic() - last_at
        took = time.monotonic() - began_at
        blows.end()
    tally = take_tally(uploads.accepted.values())
    late = late_comers(stage)
    unfenced = [line for line in late if line["state"] in ENDED]
    yield Finding(
        "J1",
        len(tally.accepted) == jobs
        and tally.lost == tally.doubled == 0
        and all(is_fair_end(row) for row in tally.rows.values())
        and max(watch.standstill, after) <= PROMISED_SECONDS
        and len(late) >= blows.pauses
        and not unfenced,
        f"{strikes} strikes, {tally}; {blows.pauses} pauses, {len(late)} came late,"
        f" {len(unfenced)} of them not fenced out;"
        f" answers: {uploads.statuses()}; longest standstill {watch.standstill:.1f} s,"
        f" all done {after:.1f} s after the last strike, {took:.0f} s in all (lease {lease} s)",
    )


def is_fair_end(row: Row) -> bool:
    """Whether a sound document ended as it may: well, or after having been struck three times."""
    return row.state == "succeeded" or (row.error_code in STRUCK and row.attempt == ATTEMPTS)


def poisoned(stage: Stage, customer: Customer, *, jobs: int) -> Finding:
    """Strike whoever works at one of five documents, each time; the others must not suffer."""
    before = set(take_tally(()).rows)
    every = jobs // 5
    uploads = Uploads(
        customer,
        jobs,
        content=lambda number: numbered_pdf(100 if number % every else POISON_PAGES),
    )
    with Poisoner(stage, every, uploads):
        uploads.start()
        uploads.join()
        wait_until(lambda: not live_jobs(), seconds=300)
    tally = take_tally([*uploads.accepted.values(), *before])
    rows = {number: tally.rows[job_id] for number, job_id in uploads.accepted.items()}
    poison = [row for number, row in rows.items() if not number % every]
    sound = [row for number, row in rows.items() if number % every]
    ends = ", ".join(f"{row.error_code or row.state} after {row.attempt}" for row in poison)
    return Finding(
        "J2",
        len(rows) == jobs
        and tally.lost == tally.doubled == 0
        and all(row.state == "failed" and row.attempt == ATTEMPTS for row in poison)
        and all(row.error_code in STRUCK for row in poison)
        and all(row.state == "succeeded" for row in sound),
        f"poison: {ends}; {sum(row.state == 'succeeded' for row in sound)} of {len(sound)} others"
        f" succeeded, {sum(row.attempt > 1 for row in sound)} of them not at the first attempt",
    )


class Poisoner:
    """Kills whoever works at every so manyth upload: its engine, or the worker's child itself."""

    def __init__(self, stage: Stage, every: int, uploads: Uploads) -> None:
        self._stage = stage
        self._every = every
        self._uploads = uploads
        self._sources: dict[int, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> Poisoner:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        from django.db import connection

        while not self._over.wait(0.02):
            self._learn()
            for part in self._workers():
                for child in pool_of(part):
                    self._strike(child)
        connection.close()

    def _learn(self) -> None:
        for number, job_id in tuple(self._uploads.accepted.items()):
            if number % self._every == 0 and number not in self._sources:
                job = Job.objects.select_related("document").get(pk=job_id)
                self._sources[number] = str(job.document.blob_id)

    def _workers(self) -> list[int]:
        parts = self._stage.parts
        pids = [part.pid for name, part in parts.items() if name.startswith("worker")]
        return [pid for pid in pids if pid]

    def _strike(self, child: PoolChild) -> None:
        for number, source in self._sources.items():
            if child.engine and source in child.open_files():
                kills_engine = (number // self._every) % 2
                with suppress(ProcessLookupError):
                    os.kill(child.engine if kills_engine else child.pid, signal.SIGKILL)


def live_jobs() -> int:
    """Return how many jobs have not ended."""
    return Job.objects.filter(state__in=Job.LIVE_STATES).count()


def late_comers(stage: Stage) -> list[dict[str, Any]]:
    """Return what workers say of attempts that were over for others before they were for them.

    Those who lost their lease; and, what must never be, those who ended a job of a later attempt.
    """
    attempts = {
        str(job_id): attempt for job_id, attempt in Job.objects.values_list("pk", "attempt")
    }
    return [
        line
        for line in all_job_lines(stage)
        if line["state"] == "lost"
        or (line["state"] in ENDED and line["attempt"] != attempts[line["job"]])
    ]


def all_job_lines(stage: Stage) -> list[dict[str, Any]]:
    """Return what all workers have logged about the end of attempts."""
    return [line for name in stage.parts for line in job_lines(stage, name)]


def job_lines(stage: Stage, name: str) -> list[dict[str, Any]]:
    """Return what a worker has logged about the end of attempts."""
    if not name.startswith("worker"):
        return []
    found = (json.loads(line) for line in stage.log_of(name).splitlines() if '"job": "' in line)
    return [line for line in found if line.get("event") == "job"]
