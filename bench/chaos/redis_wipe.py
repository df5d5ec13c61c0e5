"""J3: Valkey is stopped, comes back empty, is emptied in the middle of work; no job is lost."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator

import redis
from django.conf import settings

from bench.chaos.customer import Customer, make_customer
from bench.chaos.family import pool_of
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from bench.chaos.tally import Watch, take_tally
from bench.chaos.uploading import Uploads, numbered_pdf
from bench.chaos.watching import Watcher
from documents.models import Job

PROMISED_SECONDS = 45.0
# With no one to ask, an upload may take this much longer than otherwise.
SLOWEST_UPLOAD_SECONDS = 5.0
SHOWN_SECONDS = 5.0
LEASE_SECONDS = {"whole": 30, "short": 3}
PAGES = (50, 2_000)
LONG_PAGES, WAITING = 20_000, 10


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Upload while Valkey is down; then wipe it under load."""
    lease = LEASE_SECONDS["short" if short else "whole"]
    dice = random.Random(seed)  # noqa: S311 - no secret
    stage.start_web()
    workers = stage.start_workers(2, COUNTERMARK_JOB_LEASE_SECONDS=str(lease))
    stage.start_relays(2, COUNTERMARK_JOB_LEASE_SECONDS=str(lease))
    wait_until(lambda: all(len(pool_of(worker.pid)) == 2 for worker in workers))
    customer = make_customer(stage.url, monthly_documents=1_000_000)
    yield from while_down(stage, customer, dice, uploads=15 if short else 50)
    yield while_wiped(stage, customer, dice, uploads=30 if short else 150, wipes=3)


def while_down(
    stage: Stage, customer: Customer, dice: random.Random, *, uploads: int
) -> Iterator[Finding]:
    """Stop it while a job runs that is watched; upload; start it again, with nothing in it."""
    long_job = customer.mark(numbered_pdf(LONG_PAGES)).raise_for_status().json()["id"]
    watcher = Watcher(stage.url, customer, long_job)
    # Others behind it, so that messages are in everybody's hands.
    waiting = [customer.mark(numbered_pdf(PAGES[1])).raise_for_status() for _ in range(WAITING)]
    wait_until(lambda: customer.job(long_job)["progress"]["page"] > 0)
    stage.valkey.stop(signal.SIGKILL)
    accepted, took = [long_job, *(answer.json()["id"] for answer in waiting)], []
    had = len(accepted)
    for _ in range(uploads):
        began_at = time.monotonic()
        answer = customer.mark(numbered_pdf(dice.randint(*PAGES)))
        took.append(time.monotonic() - began_at)
        if answer.status_code == 202:
            accepted.append(answer.json()["id"])
    stays_ready = stage.parts["web"].is_ready()
    stage.valkey.start()
    back_at = time.monotonic()
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists(), seconds=300)
    after = time.monotonic() - back_at
    watcher.join()

    tally, late, died = take_tally(accepted), watcher.seconds_late(), deaths(stage)
    took.sort()
    yield Finding(
        "J3",
        len(accepted) == uploads + had
        and stays_ready
        and tally.lost == tally.doubled == 0
        and tally.states["succeeded"] == len(accepted)
        and took[-1] <= SLOWEST_UPLOAD_SECONDS
        and after <= PROMISED_SECONDS
        and not died,
        f"while down: {len(accepted) - had} of {uploads} uploads accepted, half of them within"
        f" {took[uploads // 2]:.2f} s, all within {took[-1]:.2f} s,"
        f" the web {'stays' if stays_ready else 'is not'} ready; {tally};"
        f" all done {after:.1f} s after it came back empty; ended by themselves: {died or 'none'}",
    )
    yield Finding(
        "S3",
        late <= SHOWN_SECONDS,
        f"the job that ran when it stopped: end shown {late:.1f} s late",
    )


def while_wiped(
    stage: Stage, customer: Customer, dice: random.Random, *, uploads: int, wipes: int
) -> Finding:
    """Empty it in the middle of work, again and again."""
    before = set(take_tally(()).rows)
    server = redis.Redis.from_url(settings.REDIS_URL)
    wiped = 0
    with Watch() as watch:
        sending = Uploads(customer, uploads, content=lambda _: numbered_pdf(dice.randint(*PAGES)))
        sending.start()
        for number in range(wipes):
            due = len(before) + uploads * (number + 1) // (wipes + 1)
            wait_until(lambda due=due: watch.ended >= due, seconds=300)
            wiped += messages(server)
            server.flushall()
        last_at = time.monotonic()
        sending.join()
        wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists(), seconds=300)
        after = time.monotonic() - last_at
    tally = take_tally([*sending.accepted.values(), *before])
    return Finding(
        "J3",
        len(sending.accepted) == uploads
        and tally.lost == tally.doubled == 0
        and tally.states["succeeded"] == len(tally.accepted)
        and watch.standstill <= PROMISED_SECONDS,
        f"wiped {wipes} times under load, {wiped} messages with it: {tally}; all done {after:.1f} s"
        f" after the last, longest standstill {watch.standstill:.1f} s",
    )


def messages(server: redis.Redis) -> int:
    """Return how many messages wait for a worker."""
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    return sum(
        server.llen(key) for key in server.scan_iter(f"{queue}*") if server.type(key) == b"list"
    )


def deaths(stage: Stage) -> str:
    """Return how often which processes ended by themselves."""
    parts = {name: part.deaths for name, part in stage.parts.items() if part.deaths}
    return ", ".join(f"{name} {count} ×" for name, count in parts.items())
