"""Clients of sockets: each watches one job until it is shown how that ended."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from bench.chaos.customer import Customer
from documents.models import Job

REST_SECONDS = 0.2
PATIENCE_SECONDS = 30.0


class Watcher:
    """Watches ``job_id`` at ``url`` from now on, and connects again when it is cut off."""

    def __init__(self, url: str, customer: Customer, job_id: str) -> None:
        self.job_id = job_id
        self.shown_state = ""
        self.shown_at = 0.0
        self._address = f"{url.replace('http', 'ws')}/ws/v1/jobs/{job_id}/"
        self._headers = {"Authorization": customer.http.headers["Authorization"]}
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def join(self) -> None:
        """Wait until the end was shown, or patience is."""
        self._thread.join()

    def seconds_late(self) -> float:
        """Return how long after the row's end it was shown; without end if it was not, or wrong."""
        job = Job.objects.get(pk=self.job_id)
        if job.finished_at is None or job.state != self.shown_state:
            return float("inf")
        return self.shown_at - job.finished_at.timestamp()

    def _watch(self) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self.shown_at and time.monotonic() < give_up_at:
            with suppress(WebSocketException, OSError):
                self._listen(give_up_at)
            time.sleep(REST_SECONDS)

    def _listen(self, give_up_at: float) -> None:
        with connect(self._address, additional_headers=self._headers, proxy=None) as socket:
            while not self.shown_at:
                self._take(json.loads(socket.recv(give_up_at - time.monotonic())))

    def _take(self, message: dict[str, Any]) -> None:
        if "job" in message and message["job"]["state"] not in Job.LIVE_STATES:
            self.shown_state, self.shown_at = message["job"]["state"], time.time()
