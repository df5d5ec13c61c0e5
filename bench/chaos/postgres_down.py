"""J4: with the database stopped every door says 503 in its own shape, and opens again by itself."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.models import OutboxEvent
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from billing.models import Quota, UsageRecord
from config.tests.guarding import faults_of_headers
from config.tests.serving import Reply
from documents.consumers import TRY_AGAIN_LATER
from documents.models import Blob, Document, Job
from documents.tests.factories import make_document, make_job
from documents.tests.headers.asking import Asked, every_request
from documents.tests.isolation.world import World
from documents.tests.multipart import BOUNDARY, file_form
from documents.tests.production import Web

PROMISED_SECONDS = 10.0
AT_ONCE = 40
EVERY_SO_MANY = {"whole": 1, "short": 8}
# Acted upon whatever is sent along.
READ_NO_BODY = ("/cancel/", "/retry/")
# A token that is none of ours is refused without a look into the database.
OF_TOKENS = ("/api/v1/auth/token/refresh/", "/api/v1/auth/token/revoke/")
KEYS = {"type", "title", "status", "detail", "request_id"}


@dataclass(frozen=True)
class Told:
    """An answer and what it took."""

    asked: Asked
    reply: Reply
    seconds: float


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Ask everything of everybody before, while and after the database is stopped."""
    stage.start_web()
    web, world = Web(stage.port), World()
    asked = list(every_request(world))[:: EVERY_SO_MANY["short" if short else "whole"]]
    asked += uploads(world)
    before = {each: each.sent_to(web).status for each in asked if changes_nothing(each)}
    socket = Watched(stage, world)
    connection.close()
    stage.postgres.stop()

    told = ask_all(web, asked)
    found = [
        f"{each.asked}: {fault}"
        for each in told
        if each.reply.status != before.get(each.asked)
        for fault in faults_of(each.asked, each.reply)
    ]
    crowd = ask_all(web, [each for each in before if each.who != "nobody"][:400], AT_ONCE)
    code = socket.code_of_another()

    stage.postgres.start()
    back_at = time.monotonic()
    wait_until(stage.parts["web"].is_ready)
    took = time.monotonic() - back_at
    again = {each: each.sent_to(web).status for each in before}
    # 429: a password may be changed so often a minute, and looking at the form counts.
    other = [
        f"{each}: {was}, {again[each]}"
        for each, was in before.items()
        if again[each] not in (was, 429)
    ]
    holds = socket.still_holds()
    forget_everything()
    statuses = dict(sorted(Counter(each.reply.status for each in told).items()))
    yield Finding(
        "J4",
        not found
        and not other
        and holds
        and code == TRY_AGAIN_LATER
        and took <= PROMISED_SECONDS
        and stage.parts["web"].deaths == 0,
        f"database stopped: {len(told)} answers {statuses}, {len(found)} not as they must be"
        f" {found[:9]}; the slowest took {slowest(told):.1f} s, of {len(crowd)} by {AT_ONCE} at"
        f" once {slowest(crowd):.1f} s; a new socket is closed with {code}, an open one"
        f" {'holds' if holds else 'is lost'}; ready {took:.1f} s after the database,"
        f" {len(other)} of {len(before)} answers other than before {other[:9]}",
    )


def ask_all(web: Web, asked: Sequence[Asked], at_once: int = 1) -> list[Told]:
    """Ask so many at a time."""

    def ask(each: Asked) -> Told:
        began_at = time.monotonic()
        return Told(each, each.sent_to(web), time.monotonic() - began_at)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(ask, asked))


def slowest(told: Sequence[Told]) -> float:
    """Return the seconds of the slowest answer."""
    return max(each.seconds for each in told)


def uploads(world: World) -> Iterator[Asked]:
    """Yield uploads by program and by form."""
    kind, body = f"multipart/form-data; boundary={BOUNDARY}", file_form(b"%PDF-1.7")
    for path in ("/api/v1/documents/", "/api/v1/watermark/"):
        yield Asked("POST", path, {**world.key.headers, "content-type": kind}, body, "a key")
    headers = {**world.session.headers, "content-type": kind}
    yield Asked("POST", "/documents/upload/", headers, body, "a customer")


def changes_nothing(asked: Asked) -> bool:
    """Whether asking leaves everything as it was; no form is sent with what proves it ours."""
    if asked.method == "POST" and asked.who == "a key" and asked.address.endswith(READ_NO_BODY):
        return False
    if asked.method != "DELETE" and (asked.body == b"{" or "nonsense" in asked.address):
        return True
    if asked.address in OF_TOKENS:
        return True
    return asked.method in ("GET", "HEAD", "OPTIONS", "PUT") or (
        asked.who != "a key" and "multipart" not in asked.headers.get("content-type", "")
    )


def faults_of(asked: Asked, reply: Reply) -> Iterator[str]:
    """Yield what is wrong with an answer that is another than with the database."""
    yield from faults_of_headers(reply.headers)
    if reply.status != 503:
        yield f"{reply.status}"
    if not reply.headers.get("retry-after", [""])[0].isdigit():
        yield f"{reply.status} without Retry-After"
    if asked.method == "HEAD":
        return
    is_health = asked.method == "GET" and asked.address in ("/ready", "/api/v1/health/")
    is_json = asked.address.startswith("/api/") or is_health
    kind = reply.headers.get("content-type", [""])[0].partition(";")[0]
    if kind != ("application/json" if is_json else "text/html"):
        yield f"{reply.status} is {kind}"
    elif is_json and not is_health and not set(json.loads(reply.body)) >= KEYS:
        yield f"{reply.status} says {reply.body!r}"


class Watched:
    """A socket that is open while the database goes."""

    def __init__(self, stage: Stage, world: World) -> None:
        job = make_job(make_document(world.stranger))
        self._address = f"{stage.url.replace('http', 'ws')}/ws/v1/jobs/{job.id}/"
        self._headers = world.key.headers
        self._open = connect(self._address, additional_headers=self._headers, proxy=None)
        self._open.recv(10)

    def code_of_another(self) -> int:
        """Return the code with which another one is closed."""
        with connect(self._address, additional_headers=self._headers, proxy=None) as another:
            try:
                while True:
                    another.recv(20)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006

    def still_holds(self) -> bool:
        """Whether it says again that what it showed last is true."""
        try:
            while json.loads(self._open.recv(20))["type"] != "heartbeat":
                pass
        except (ConnectionClosed, TimeoutError):
            return False
        finally:
            self._open.close()
        return True


def forget_everything() -> None:
    """Delete what the invariants would look at: rows of the sweep, which nobody worked for."""
    for model in (OutboxEvent, UsageRecord, Quota, Job, Document, Blob):
        model.objects.all().delete()
