"""Clients that only look: at the API's lists, and at pages."""

from __future__ import annotations

import threading
import time
from collections import Counter

import httpx2

from bench.chaos.uploading import Answer

REST_SECONDS = 0.03


class Readers:
    """Asks for every place again and again, as long as the block lasts."""

    def __init__(self, http: httpx2.Client, *places: str) -> None:
        self.answers: list[Answer] = []
        self._http = http
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(place,)) for place in places]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def statuses(self) -> str:
        """Return how often each status came, 0 for no answer."""
        found = Counter(answer.status for answer in self.answers)
        return ", ".join(f"{count} × {status}" for status, count in sorted(found.items()))

    def _ask(self, place: str) -> None:
        while not self._over.wait(REST_SECONDS):
            began_at = time.monotonic()
            try:
                response = self._http.get(place)
                status, retry_after = response.status_code, response.headers.get("Retry-After")
            except httpx2.TransportError:
                status, retry_after = 0, None
            self.answers.append(Answer(status, time.monotonic() - began_at, retry_after))
