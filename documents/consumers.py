"""``/ws/v1/jobs/{id}/`` and ``/ws/v1/batches/{id}/``: one job or batch, live, until it ends.

``/ws/v1/events/`` (documents/event_consumer.py) has the same manners.

What the server sends, each a JSON object with a ``type``:

* ``job.snapshot`` with ``job``: the state as the database has it, always first;
* ``job.changed`` with ``job``: a later one (``seq`` is never smaller than the last);
* ``batch.snapshot``, ``batch.changed`` with ``batch``: the same of a batch, four a second at most;
* ``heartbeat`` with ``seq``: the database was read just now, and what was sent last still holds;
* ``pong``, the answer to ``{"type": "ping"}``;
* ``error`` with ``code`` and ``detail``; then close 4401 (no credential, or a bad one), 4403 (not
  allowed, or a page of another site), 4404 (unknown, or another tenant's: the same).

A credential is a header, our own page's cookie, or ``?ticket=`` from ``POST /api/v1/ws-tickets/``.

``job`` is ``documents.progress.JobSnapshot``, ``batch`` the ``BatchSnapshot`` of
``documents.batch_progress``. Steps may be left out, the end never is: after the state in which it
ended comes close 1000. Any other close: connect again; 1013 says that the
database is away, and to wait a little first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from accounts.principal import Principal, resolve_credential, resolve_principal
from accounts.services.tickets import Credential, redeem_ticket
from config.database.reach import only_tenant
from config.errors import DomainError, Forbidden, Missing, Unauthenticated, Unavailable
from config.wire.addresses import scope_address
from documents.hub import hub, in_thread, read_watched
from documents.watched import Snapshot, Visible, Watched, WatchedBatch, WatchedJob

FRAME_MAX_BYTES = 16 * 1024
FRAME_TOO_LARGE = 1009
TRY_AGAIN_LATER = 1013
LAST_WORD_SECONDS = 5.0
# Whoever lost the right to look (a revoked key, a closed account) stops seeing within this time.
ADMIT_AGAIN_SECONDS = 30.0


class ForeignOrigin(Forbidden):
    """A page of another site opened the socket with the visitor's cookie."""

    code = "origin_not_allowed"
    message = "This page may not open a connection here."


class NoSuchSocket(AsyncWebsocketConsumer):  # type: ignore[misc] # channels has no types
    """Any other address."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Say that there is nothing here."""
        await self.accept()
        await self.refuse(Missing())

    async def refuse(self, error: DomainError) -> None:
        """Tell why and close with 4000 + the HTTP status that stands for it; an outage: 1013."""
        with suppress(TimeoutError):  # who takes no byte is closed all the same
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self.tell({"type": "error", "code": error.code, "detail": error.detail})
        is_outage = isinstance(error, Unavailable)
        await self.close(TRY_AGAIN_LATER if is_outage else 4000 + error.status)

    async def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        await self.send(text_data=json.dumps(message))


class AdmittingConsumer(NoSuchSocket):
    """Lets in who may look, and looks again now and then whether they still may."""

    def visible(self) -> Visible:
        """Return what the address names."""
        raise NotImplementedError

    async def show(self) -> None:
        """Send what there is to see, until it ends; calls ``admit_again`` now and then."""
        raise NotImplementedError

    async def connect(self) -> None:
        """Let the caller in, then show what there is."""
        # Accepted first: only then does a browser's script learn the code of a refusal.
        await self.accept()
        self.credential: Credential | None = None
        self.admitted_at = 0.0
        self.task = asyncio.create_task(self._serve())

    async def disconnect(self, code: int) -> None:
        """Forget the socket."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping; nothing else is understood, and too much is refused."""
        if len(text_data or bytes_data or "") > FRAME_MAX_BYTES:
            await self.close(FRAME_TOO_LARGE)
            return
        with suppress(ValueError, RecursionError):
            message = json.loads(text_data or "null")
            if isinstance(message, dict) and message.get("type") == "ping":
                await self.tell({"type": "pong"})

    async def admit(self) -> Principal:
        """Return who looks; raises as ``admit`` does."""
        pairs = self.scope["headers"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
        if self.credential is None and (ticket := _ticket_in(self.scope["query_string"])):
            self.credential = await in_thread(redeem_ticket, ticket)
        address = scope_address(self.scope)
        admitted = await in_thread(admit, headers, self.visible(), self.credential, address)
        self.admitted_at = asyncio.get_running_loop().time()
        return admitted

    async def admit_again(self) -> None:
        """Raise, once it is time to ask again, unless the caller may still look."""
        if asyncio.get_running_loop().time() - self.admitted_at > ADMIT_AGAIN_SECONDS:
            await self.admit()

    async def _serve(self) -> None:
        try:
            await self.show()
        except DomainError as error:
            await self.refuse(error)
        except DatabaseError:
            await self.refuse(Unavailable())
        except (OSError, RuntimeError):
            pass  # the client is gone, which the server tells in its own words


class WatchingConsumer(AdmittingConsumer):
    """Shows one thing to one socket. A slow client gets fewer steps, never an old one."""

    def asked(self) -> Watched:
        """Return what the address names."""
        raise NotImplementedError

    def visible(self) -> Visible:
        """Return what the address names."""
        return self.watched

    async def connect(self) -> None:
        """Let the caller in, subscribe, then show what is true now."""
        self.watched = self.asked()
        self.offered: Snapshot | None = None
        self.was_read = False
        self.news = asyncio.Event()
        await super().connect()

    def offer(self, snapshot: Snapshot, *, is_read: bool) -> None:
        """Take a state from the hub unless it is old (``documents.hub.Watcher``)."""
        known = -1 if self.offered is None else self.offered["seq"]
        # A state that was read may differ within the same seq: in its place in the queue.
        if snapshot["seq"] > known or (is_read and snapshot["seq"] == known):
            self.offered = snapshot
            self.was_read = is_read
            self.news.set()

    async def show(self) -> None:
        """Send the state, and the newest whenever there is one, until it has ended."""
        await self.admit()
        await hub().watch(self.watched, self)
        try:
            for _, snapshot in await in_thread(read_watched, [self.watched]):
                self.offer(snapshot, is_read=True)
            await self._show_states()
        finally:
            await hub().unwatch(self.watched, self)

    async def _show_states(self) -> None:
        shown: Snapshot | None = None
        while shown is None or self.watched.is_live(shown):
            await self.news.wait()
            self.news.clear()
            if self.offered is not None and self.offered != shown:
                kind, step = self.watched.kind, "snapshot" if shown is None else "changed"
                shown = self.offered
                await self.tell({"type": f"{kind}.{step}", kind: shown})
                if self.watched.is_live(shown):
                    await asyncio.sleep(self.watched.pause_seconds)
            elif shown is not None and self.was_read:
                await self.tell({"type": "heartbeat", "seq": shown["seq"]})
            await self.admit_again()
        await self.close(1000)


class JobConsumer(WatchingConsumer):
    """Shows a job."""

    def asked(self) -> Watched:
        """Return what the address names."""
        return WatchedJob(self.scope["url_route"]["kwargs"]["job_id"])


class BatchConsumer(WatchingConsumer):
    """Shows a batch: its counts, not its items."""

    def asked(self) -> Watched:
        """Return what the address names."""
        return WatchedBatch(self.scope["url_route"]["kwargs"]["batch_id"])


def admit(
    headers: Mapping[str, str],
    asked: Visible,
    credential: Credential | None = None,
    address: str | None = None,
) -> Principal:
    """Return the sender of ``headers`` (names in lower case) if they may look; else raise.

    ``credential``: what a ticket stood for; then nothing else counts. A cookie counts only from
    our own pages: browsers send it along from any page.
    """
    if credential is not None:
        principal = resolve_credential(credential)
    else:
        principal = resolve_principal(headers, parse_cookie(headers.get("cookie", "")), address)
    if principal is None:
        raise Unauthenticated
    if credential is None and principal.is_ambient and not _is_our_page(headers):
        raise ForeignOrigin
    principal.require(asked.scope)
    with only_tenant(principal.tenant_id):
        if not asked.is_visible_to(principal):
            raise Missing
    return principal


def _ticket_in(query: bytes) -> str:
    return parse_qs(query.decode("latin-1")).get("ticket", [""])[0]


def _is_our_page(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    address = urlsplit(origin).netloc
    domain, _ = split_domain_port(address)
    return address == headers.get("host") and validate_host(domain, settings.ALLOWED_HOSTS)
