"""``Prefer: wait=N`` (RFC 7240): hold a ``202`` until its job has ended, without holding a thread.

The answer is made as ever and kept back here on the event loop; when the hub tells that the job
has ended, the job's address is asked with the same credentials, and that answer goes out instead.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from uuid import UUID

from django.db import DatabaseError

from config.wire.types import Application, Message, Receive, Scope, Send, header
from documents.hub import hub, in_thread, read_watched
from documents.watched import Snapshot, WatchedJob

WAIT_MAX_SECONDS = 20
REPLAYED = b"idempotency-replayed"
_PREFERENCE = re.compile(rb'(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;[^,]*)?(?=,|$)', re.IGNORECASE)
_JOB = re.compile(rb"/api/v1/jobs/([0-9a-f-]{36})/")
# Of the request that made the job; the one that asks for it has no body and no conditions.
_LEFT_OUT = (b"content-", b"transfer-encoding", b"prefer", b"if-", b"expect", b"x-request-id")


def wanted_seconds(scope: Scope) -> int:
    """Return for how long the client wants the answer of a POST held; 0 for not at all."""
    if scope["method"] != "POST" or not scope["path"].startswith("/api/"):
        return 0
    # Several lines of a header are one list (RFC 9110, 5.3).
    preferences = b",".join(value for name, value in scope["headers"] if name == b"prefer")
    found = _PREFERENCE.search(preferences)
    return min(int(found[1]), WAIT_MAX_SECONDS) if found else 0


class HeldAnswers:
    """An ASGI application in front of ``application``, whose answers it may hold."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        seconds = wanted_seconds(scope)
        if not seconds:
            await self._application(scope, receive, send)
            return
        first = _Answer(send)
        await self._application(scope, receive, first.take)
        if first.job_id is None:
            return
        applied = (b"preference-applied", f"wait={seconds}".encode())
        if await _has_ended(first.job_id, seconds, receive):
            second = await self._ask(scope, first)
            if second.status == 200:
                await second.send_to(send, applied, *first.only(REPLAYED))
                return
        await first.send_to(send, applied)

    async def _ask(self, scope: Scope, first: _Answer) -> _Answer:
        path = f"/api/v1/jobs/{first.job_id}/"
        asking = {
            **scope,
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [pair for pair in scope["headers"] if not pair[0].startswith(_LEFT_OUT)]
            + [(b"x-request-id", first.header(b"x-request-id"))],
        }
        answer = _Answer(None)
        await self._application(asking, _no_body, answer.take)
        return answer


class _Answer:
    """An answer kept back; one that is no job's 202 goes through to ``send``, if there is one."""

    def __init__(self, send: Send | None) -> None:
        self._send = send
        self._messages: list[Message] = []
        self._passes = False
        self.status = 0
        self.job_id: UUID | None = None

    async def take(self, message: Message) -> None:
        """Be ``send`` to the application."""
        if message["type"] == "http.response.start":
            self._messages = [message]
            self.status = message["status"]
            location = _JOB.fullmatch(self.header(b"location"))
            if self.status == 202 and location:
                self.job_id = UUID(location[1].decode())
            self._passes = self.job_id is None and self._send is not None
        elif not self._passes:
            self._messages.append(message)
        if self._passes and self._send:
            await self._send(message)

    def header(self, name: bytes) -> bytes:
        """Return a header of the answer; empty if it has none."""
        return header(self._messages[0], name) or b""

    def only(self, name: bytes) -> list[tuple[bytes, bytes]]:
        """Return a header of the answer as the list of headers it makes."""
        value = self.header(name)
        return [(name, value)] if value else []

    async def send_to(self, send: Send, *extra: tuple[bytes, bytes]) -> None:
        """Send what was kept, with more headers."""
        start, *rest = self._messages
        await send({**start, "headers": [*start["headers"], *extra]})
        for message in rest:
            await send(message)


class _End:
    """Watches a job for its end (``documents.hub.Watcher``)."""

    def __init__(self, job: WatchedJob) -> None:
        self._job = job
        self.seen = asyncio.Event()

    def offer(self, snapshot: Snapshot, *, is_read: bool) -> None:
        """Take a state."""
        if not self._job.is_live(snapshot):
            self.seen.set()


async def _has_ended(job_id: UUID, seconds: int, receive: Receive) -> bool:
    """Wait for the job's end, at most so long, and not for a client that has gone."""
    job = WatchedJob(job_id)
    end = _End(job)
    await hub().watch(job, end)
    seen = asyncio.create_task(end.seen.wait())
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await _look(job, end)
        await asyncio.wait({seen, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return end.seen.is_set()
    finally:
        seen.cancel()
        gone.cancel()
        await hub().unwatch(job, end)


async def _look(job: WatchedJob, end: _End) -> None:
    """Tell ``end`` what the database says; the hub will, in a moment, if this fails."""
    with suppress(DatabaseError):
        for _, snapshot in await in_thread(read_watched, [job]):
            end.offer(snapshot, is_read=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
