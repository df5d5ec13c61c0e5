"""The lane of event streams: states as they come, without a thread for each client.

Django's view lets the client in and says how the stream begins, like any answer of the API; from
there on the hub (documents/hub.py) tells what is new, as to sockets.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError
from django.http.cookie import parse_cookie

from accounts.principal import resolve_credential, resolve_principal
from accounts.services.tickets import Credential
from config.database.reach import only_tenant
from config.errors import DomainError, Missing, Unauthenticated, Unavailable
from config.wire.addresses import scope_address
from config.wire.heads import STOPPING
from config.wire.patience import PatientReceive
from config.wire.places import Places
from config.wire.refusals import refuse
from config.wire.types import Application, ClientGone, Message, Receive, Scope, Send
from documents.event_stream import (
    FOLLOWING_KEY,
    Following,
    TooManyStreams,
    comment,
    event,
    refusal,
)
from documents.hub import hub, in_thread, read_watched
from documents.watched import Snapshot, Watched

_ADDRESS = re.compile("/api/v1/(?:jobs|batches)/[0-9a-f-]{36}/events/?")
# Below what proxies wait for an answer to go on (nginx: 60 seconds, ours: 75).
HEARTBEAT_SECONDS = 15.0
# Whoever lost the right to look stops seeing a moment after this time.
ADMIT_AGAIN_SECONDS = 30.0
# A client that takes no byte for so long has gone without saying so.
STALL_SECONDS = 60.0


class EventLane:
    """An ASGI application in front of ``application``, whose beginnings of streams it continues.

    ``at_most`` tells how many streams of one tenant may be open in this process.
    """

    def __init__(self, application: Application, *, at_most: Callable[[], int]) -> None:
        self._application = application
        self._at_most = at_most
        self._places = Places(TooManyStreams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["method"] != "GET" or not _ADDRESS.fullmatch(path):
            await self._application(scope, receive, send)
            return
        body, following = PatientReceive(receive), Following()
        answer = _Beginning(following, send)
        asked = {**scope, "environ": {**scope.get("environ", {}), FOLLOWING_KEY: following}}
        await self._application(asked, body, answer.take)
        if following.principal is None or not answer.is_kept:
            return
        try:
            with self._places.taken(following.principal.tenant_id, self._at_most()):
                await _Stream(scope, following, send).run(receive, answer)
        except TooManyStreams as error:
            await refuse(scope, body, send, error)


class _Beginning:
    """The view's answer: kept back if it begins a stream that goes on, else sent as it is."""

    def __init__(self, following: Following, send: Send) -> None:
        self._following = following
        self._send = send
        self._kept: list[Message] = []
        self.is_kept = False

    async def take(self, message: Message) -> None:
        """Be ``send`` to the application."""
        if message["type"] == "http.response.start":
            self.is_kept = message["status"] == 200 and self._following.is_live
        if self.is_kept:
            self._kept.append(message)
        else:
            await self._send(message)

    def messages(self) -> list[Message]:
        """Return the answer so that more may follow: without its length, and unfinished."""
        start, *rest = self._kept
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        bodies = [{**message, "more_body": True} for message in rest]
        return [{**start, "headers": headers}, *bodies]


class _Stream:
    """One client that follows (``documents.hub.Watcher``): a slow one gets fewer steps."""

    def __init__(self, scope: Scope, following: Following, send: Send) -> None:
        if following.watched is None or following.first is None:
            raise ValueError("Nobody follows nothing.")
        self._scope = scope
        self._credential = following.credential
        self._send = send
        self._shown = self._offered = following.first
        self._watched = following.watched
        self._news = asyncio.Event()
        self._is_over = False
        self._refused: DomainError | None = None

    def offer(self, snapshot: Snapshot, *, is_read: bool) -> None:
        """Take a state from the hub unless it is old."""
        known = self._offered["seq"]
        # A state that was read may differ within the same seq: in its place in the queue.
        if snapshot["seq"] > known or (is_read and snapshot["seq"] == known):
            self._offered = snapshot
            if snapshot != self._shown:
                self._news.set()

    async def run(self, receive: Receive, beginning: _Beginning) -> None:
        """Send everything until it has ended, the client has gone or may look no more."""
        # Beside the telling: looking takes a thread, for which a thousand streams would queue.
        watching = [asyncio.create_task(self._look_again())]
        watching.append(asyncio.create_task(self._end_with(_until_gone(receive))))
        if (stopping := self._scope.get(STOPPING)) is not None:
            watching.append(asyncio.create_task(self._end_with(stopping.wait())))
        await hub().watch(self._watched, self)
        try:
            for message in beginning.messages():
                await self._send(message)
            with suppress(DatabaseError):  # the hub reads again in a moment
                for _, snapshot in await in_thread(read_watched, [self._watched]):
                    self.offer(snapshot, is_read=True)
            await self._tell_all()
        except (TimeoutError, ClientGone):
            pass
        finally:
            for task in watching:
                task.cancel()
            await hub().unwatch(self._watched, self)

    async def _tell_all(self) -> None:
        while self._watched.is_live(self._shown):
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._news.wait()
            self._news.clear()
            if self._is_over:
                break
            await self._tell()
            if self._watched.is_live(self._shown):
                await asyncio.sleep(self._watched.pause_seconds)
        if self._refused is not None:
            await self._write(refusal(self._refused.code, self._refused.detail))
        await self._write(b"", more_body=False)

    async def _look_again(self) -> None:
        """End the stream once the client may look no more."""
        while self._refused is None:
            await asyncio.sleep(ADMIT_AGAIN_SECONDS)
            self._refused = await self._is_refused()
        self._is_over = True
        self._news.set()

    async def _tell(self) -> None:
        if self._offered == self._shown:
            await self._write(comment("still here"))
            return
        self._shown = self._offered
        await self._write(event(f"{self._watched.kind}.changed", self._shown))

    async def _write(self, data: bytes, *, more_body: bool = True) -> None:
        async with asyncio.timeout(STALL_SECONDS):
            await self._send({"type": "http.response.body", "body": data, "more_body": more_body})

    async def _is_refused(self) -> DomainError | None:
        """Return why the client may look no more; an outage ends the stream as well."""
        pairs = self._scope["headers"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
        try:
            address = scope_address(self._scope)
            await in_thread(admit_again, headers, self._watched, self._credential, address)
        except DomainError as error:
            return error
        except DatabaseError:
            return Unavailable()
        return None

    async def _end_with(self, wait: object) -> None:
        await wait  # type: ignore[misc] # an awaitable of whatever
        self._is_over = True
        self._news.set()


def admit_again(
    headers: dict[str, str], watched: Watched, credential: Credential | None, address: str | None
) -> None:
    """Return if the client may still look; raises as the view did. ``credential``: a ticket's."""
    if credential is not None:
        principal = resolve_credential(credential)
    else:
        principal = resolve_principal(headers, parse_cookie(headers.get("cookie", "")), address)
    if principal is None:
        raise Unauthenticated
    principal.require("jobs:read")
    with only_tenant(principal.tenant_id):
        if not watched.is_visible_to(principal):
            raise Missing


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
