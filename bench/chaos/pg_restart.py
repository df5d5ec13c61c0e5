"""J4: the database ends at once and comes again; no acknowledged write is lost, no 500 is seen."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from bench.chaos.customer import make_customer, make_visitor
from bench.chaos.family import pool_of
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.reading import Readers
from bench.chaos.stage import Stage
from bench.chaos.tally import take_tally
from bench.chaos.uploading import Uploads, numbered_pdf
from deploy.local.lineage import children_by_parent
from documents.models import Job

PROMISED_SECONDS = 10.0
PAGES = (50, 2_000)
MANY = 100_000
UPLOADS_BETWEEN = 20
LONGEST_REST_SECONDS = 1.0
# What a client may be told: done, "this key is in use" while it tries again, "come again later".
EXPECTED = {200, 202, 409, 503}


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Restart the database under uploads and readers; count answers, rows and processes."""
    restarts = 2 if short else 5
    dice = random.Random(seed)  # noqa: S311 - no secret
    stage.start_web()
    workers = stage.start_workers(2)
    stage.start_relays(2)
    wait_until(lambda: all(len(pool_of(worker.pid)) == 2 for worker in workers))
    customer = make_customer(stage.url, monthly_documents=1_000_000)
    uploads = Uploads(customer, MANY, content=lambda _: numbered_pdf(dice.randint(*PAGES)))
    before = processes(stage)
    outages = []
    visitor = make_visitor(stage.url, customer.tenant)
    with (
        Readers(customer.http, "/jobs/", "/documents/") as lists,
        Readers(visitor, "/dashboard/", "/jobs/", "/documents/") as pages,
    ):
        uploads.start()
        for _ in range(restarts):
            wait_for_uploads(uploads, UPLOADS_BETWEEN)
            time.sleep(dice.uniform(0, LONGEST_REST_SECONDS))
            outages.append(cause_outage(stage, uploads))
        wait_for_uploads(uploads, UPLOADS_BETWEEN)
        uploads.join(early=True)
    after = processes(stage)
    connection.close()  # it broke, like everybody's
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists(), seconds=300)

    tally = take_tally(uploads.accepted.values())
    told = uploads.answers + lists.answers + pages.answers
    mute = sum(answer.status == 503 and not answer.retry_after for answer in told)
    odd = Counter(answer.status for answer in told if answer.status not in EXPECTED)
    yield Finding(
        "J4",
        tally.lost == tally.doubled == 0
        and tally.states["succeeded"] == len(tally.accepted)
        and not odd
        and not mute
        and max(outage.ours for outage in outages) <= PROMISED_SECONDS
        and before <= after,
        f"{restarts} restarts, {tally}; uploads: {uploads.statuses()}; lists: {lists.statuses()};"
        f" pages: {pages.statuses()}; {sum(odd.values())} unexpected {dict(odd) or ''},"
        f" {mute} × 503 without Retry-After; ready after {', '.join(map(str, outages))} s (the"
        f" database's recovery + ours); slowest answer {max(each.seconds for each in told):.1f} s;"
        f" {len(before & after)} of {len(before)} processes are the same",
    )


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds from the blow until the database takes connections, and from then until we work."""

    theirs: float
    ours: float

    def __str__(self) -> str:
        return f"{self.theirs:.1f}+{self.ours:.1f}"


def cause_outage(stage: Stage, uploads: Uploads) -> Outage:
    """Strike the database; return once the web says it is ready and has taken an upload."""
    former = stage.postgres.strike(signal.SIGQUIT)
    struck_at = time.monotonic()
    wait_until(lambda: stage.postgres.pid not in (0, former) and stage.postgres.is_ready())
    back_at = time.monotonic()
    wait_until(stage.parts["web"].is_ready)
    wait_for_uploads(uploads, 1)
    return Outage(back_at - struck_at, time.monotonic() - back_at)


def wait_for_uploads(uploads: Uploads, count: int) -> None:
    """Return once so many more were accepted."""
    enough = len(uploads.accepted) + count
    wait_until(lambda: len(uploads.accepted) >= enough)


def processes(stage: Stage) -> set[tuple[str, int]]:
    """Return all processes of the application with the names of their parts."""
    children = children_by_parent()
    found = set()
    for name, part in stage.parts.items():
        if name == "web":
            found |= {(name, pid) for pid in children.get(part.pid, ())}
        if name.startswith("worker"):
            found |= {(name, child.pid) for child in pool_of(part.pid)}
        if name not in ("postgres", "valkey"):
            found.add((name, part.pid))
    return found
