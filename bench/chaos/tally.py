"""Counting what became of accepted uploads, from the rows and by no code of the product's."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

ENDED = ("succeeded", "failed", "cancelled", "expired")

_ROWS = """
    SELECT job.id::text, job.state, job.error_code, job.attempt,
        (SELECT count(*) FROM accounts_outboxevent event WHERE event.subject = 'job:' || job.id
            AND event.type IN ('job.succeeded', 'job.failed', 'job.cancelled', 'job.expired')),
        (SELECT count(*) FROM documents_blob blob WHERE blob.id = job.result_id),
        (SELECT count(*) FROM billing_usagerecord used
            WHERE used.source = 'job:' || job.id AND used.metric = 'documents')
    FROM documents_job job
"""
_COPIES = """
    SELECT (SELECT count(*) FROM documents_document),
        (SELECT count(*) FROM documents_blob)
            - (SELECT count(*) FROM documents_document WHERE blob_id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A job: how it stands, and how many events of an end, outputs and usage rows it has."""

    state: str
    error_code: str
    attempt: int
    ends: int
    outputs: int
    uses: int

    @property
    def is_lost(self) -> bool:
        """Whether something is missing that an accepted upload must have in the end."""
        wanted = 1 if self.state == "succeeded" else 0
        return self.state not in ENDED or not self.ends or min(self.outputs, self.uses) < wanted

    @property
    def is_doubled(self) -> bool:
        """Whether something is there twice, or is there though the job did not succeed."""
        allowed = 1 if self.state == "succeeded" else 0
        return self.ends > 1 or max(self.outputs, self.uses) > allowed


@dataclass(frozen=True, slots=True)
class Tally:
    """All jobs of the stage against the ids of those that clients were told of."""

    rows: dict[str, Row]
    accepted: frozenset[str]
    documents: int
    copies: int

    @property
    def lost(self) -> int:
        """Return how many accepted uploads have no end, event, output or usage row."""
        return sum(not (row := self.rows.get(each)) or row.is_lost for each in self.accepted)

    @property
    def doubled(self) -> int:
        """Return how much is there beyond one of each for every accepted upload."""
        twice = sum(row.is_doubled for row in self.rows.values())
        succeeded = self.states["succeeded"]
        return (
            twice
            + len(self.rows.keys() - self.accepted)
            + abs(self.documents - len(self.rows))
            + abs(self.copies - succeeded)
        )

    @property
    def states(self) -> Counter[str]:
        """Return how many accepted uploads ended in which way: the error's code for failures."""
        return Counter(row.error_code or row.state for row in self.rows.values())

    def __str__(self) -> str:
        ways = ", ".join(f"{count} {state}" for state, count in self.states.most_common())
        return f"{len(self.accepted)} accepted: {ways}; {self.lost} lost, {self.doubled} doubled"


def take_tally(accepted: Collection[str]) -> Tally:
    """Count now."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        rows = {job_id: Row(*rest) for job_id, *rest in cursor.fetchall()}
        cursor.execute(_COPIES)
        documents, copies = cursor.fetchone()
    return Tally(rows, frozenset(accepted), documents, copies)


class Watch:
    """Looks at the jobs ten times a second: how many have ended, and how long nothing moved.

    ``standstill`` is the longest time in which there was work and none of it was finished.
    """

    def __init__(self) -> None:
        self.ended = self.waiting = 0
        self.standstill = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        moved_at = time.monotonic()
        while not self._over.wait(0.1):
            ended, waiting = self._count()
            now = time.monotonic()
            if ended > self.ended or not self.waiting:
                moved_at = now
            self.standstill = max(self.standstill, now - moved_at)
            self.ended, self.waiting = ended, waiting
        connection.close()

    def _count(self) -> tuple[int, int]:
        counts: dict[str, Any] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT state, count(*) FROM documents_job GROUP BY state")
            counts = dict(cursor.fetchall())
        ended = sum(counts.get(state, 0) for state in ENDED)
        return ended, sum(counts.values()) - ended
