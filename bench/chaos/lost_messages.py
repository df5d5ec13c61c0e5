"""S3: who misses every message is shown the end all the same, a few seconds late."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from math import isfinite

import redis
from django.conf import settings
from django.db import connection

from bench.chaos.customer import Customer, make_customer
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from bench.chaos.uploading import numbered_pdf
from bench.chaos.watching import Watcher
from documents.models import Job

PROMISED_SECONDS = 5.0
PAGES = (500, 4_000)
HELD_SECONDS = 20


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Let the web process listen where nobody talks; watch jobs, and wait for others."""
    many = 8 if short else 40
    dice = random.Random(seed)  # noqa: S311 - no secret
    stage.start_web(COUNTERMARK_CHANNEL_PREFIX="elsewhere")
    stage.start_workers(1)
    # The web's own messages to the workers are lost, too: the relay sends others after a lease.
    stage.start_relays(1, COUNTERMARK_JOB_LEASE_SECONDS="3")
    customer = make_customer(stage.url)
    contents = [numbered_pdf(dice.randint(*PAGES)) for _ in range(many)]

    watchers = [
        Watcher(stage.url, customer, customer.mark(content).raise_for_status().json()["id"])
        for content in contents
    ]
    heard = heard_channels()
    for watcher in watchers:
        watcher.join()
    late = sorted(watcher.seconds_late() for watcher in watchers)
    yield Finding(
        "S3",
        late[-1] <= PROMISED_SECONDS and not heard,
        f"{sum(map(isfinite, late))} of {many} sockets were shown the end, half of them within"
        f" {late[many // 2]:.1f} s, all within {late[-1]:.1f} s; {heard} channels heard",
    )

    held = [Held(customer, numbered_pdf(dice.randint(*PAGES))) for _ in range(min(many, 8))]
    for each in held:
        each.join()
    late = sorted(each.seconds_late for each in held)
    yield Finding(
        "S3",
        late[-1] <= PROMISED_SECONDS,
        f"Prefer: wait: {len(held)} answers held, {late[-1]:.1f} s longer than the work at most",
    )


def heard_channels() -> int:
    """Return how many of the jobs' channels somebody listens to."""
    server = redis.Redis.from_url(settings.REDIS_URL)
    wait_until(lambda: server.pubsub_channels("elsewhere.job.*"))
    return len(server.pubsub_channels(f"{settings.CHANNEL_PREFIX}.job.*"))


class Held(threading.Thread):
    """Asks for a mark and for the answer to be held until it is made."""

    def __init__(self, customer: Customer, content: bytes) -> None:
        super().__init__()
        self.seconds_late = float("inf")
        self._customer = customer
        self._content = content
        self.start()

    def run(self) -> None:
        """Ask, and compare the time of the answer with that of the row."""
        answer = self._customer.mark(self._content, wait=HELD_SECONDS)
        answered_at = time.time()
        if answer.status_code == 200:
            ended = Job.objects.get(pk=answer.json()["id"]).finished_at
            self.seconds_late = answered_at - ended.timestamp() if ended else float("inf")
            connection.close()
