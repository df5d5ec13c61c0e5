"""A client that does not give up: what was not answered is sent again, under the same key."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from bench.chaos.customer import Customer
from documents.tests.builders import TEXT, plain

THREADS = 4
REST_SECONDS = 0.2
PATIENCE_SECONDS = 120.0
COMES_AGAIN = (0, 409, 503)


def numbered_pdf(pages: int) -> bytes:
    """Return a document unlike any other; thousands of pages take a moment, not a second."""
    return plain(pages, content=TEXT.replace(b"quick", uuid.uuid4().hex.encode()))


@dataclass(frozen=True, slots=True)
class Answer:
    """One request's end: ``status`` 0 when the connection broke before an answer."""

    status: int
    seconds: float
    retry_after: str | None = None


class Uploads:
    """Sends ``count`` documents from some threads; ``accepted`` has the job of each that was.

    ``may_go_on`` is asked before each, ``under_way`` are those without an answer as yet.
    """

    def __init__(
        self,
        customer: Customer,
        count: int,
        *,
        content: Callable[[int], bytes],
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.accepted: dict[int, str] = {}
        self.answers: list[Answer] = []
        self.under_way = 0
        self._customer = customer
        self._content = content
        self._may_go_on = may_go_on
        self._numbers = iter(range(count))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(THREADS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, *, early: bool = False) -> None:
        """Wait until all are accepted or refused; ``early``: begin no further ones."""
        if early:
            with self._lock:
                self._numbers = iter(range(0))
        for thread in self._threads:
            thread.join()

    def statuses(self) -> str:
        """Return how often each status came, 0 for no answer."""
        found = Counter(answer.status for answer in self.answers)
        return ", ".join(f"{count} × {status}" for status, count in sorted(found.items()))

    def _send_all(self) -> None:
        while (number := self._next()) is not None:
            while not self._may_go_on():
                time.sleep(0.02)
            self._send(number)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def _count(self, change: int) -> None:
        with self._lock:
            self.under_way += change

    def _send(self, number: int) -> None:
        content, key = self._content(number), str(uuid.uuid4())
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            self._count(+1)
            answer, job_id = self._ask(content, key)
            self._count(-1)
            self.answers.append(answer)
            if job_id:
                self.accepted[number] = job_id
            if answer.status not in COMES_AGAIN:
                return
            time.sleep(REST_SECONDS)

    def _ask(self, content: bytes, key: str) -> tuple[Answer, str]:
        began_at = time.monotonic()
        try:
            response = self._customer.mark(content, key=key)
        except httpx2.TransportError:
            return Answer(0, time.monotonic() - began_at), ""
        seconds = time.monotonic() - began_at
        job_id = response.json()["id"] if response.status_code == 202 else ""
        return Answer(response.status_code, seconds, response.headers.get("Retry-After")), job_id
