"""W1, W2: every event arrives under one id, whoever dies on the way; none arrives inside."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.test import override_settings
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.event_types import DISABLED
from accounts.models import Tenant, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from accounts.outgoing.networks import read_networks
from accounts.services.outbox import emit
from accounts.tests.factories import make_tenant, make_webhook_endpoint
from accounts.tests.outgoing.receivers import OK, Visit, hang, receiving, reset
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage

TENANTS = 5
LATEST_SECONDS = 5.0
LOOPBACK = "127.0.0.0/8,::1/128"
# The schedule's ten attempts within seconds; a lease is fifteen seconds longer than an attempt.
QUICK = {
    "COUNTERMARK_WEBHOOK_SCHEDULE": "0,1,1,1,2,2,2,3,3,3",
    "COUNTERMARK_WEBHOOK_TIMEOUT_SECONDS": "2",
    "COUNTERMARK_WEBHOOK_CONCURRENCY": "32",
    "COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS": LOOPBACK,
}
# What leads inside, as somebody might write it past the forms; {port} is the canary's.
INSIDE = """
    https://127.0.0.1:{port}/ https://localhost:{port}/ https://127.1:{port}/ https://0:{port}/
    https://2130706433:{port}/ https://0x7f.0.0.1:{port}/ https://0177.0.0.1:{port}/
    https://[::1]:{port}/ https://[::]:{port}/ https://[::ffff:127.0.0.1]:{port}/
    https://[::ffff:7f00:1]:{port}/ https://localhost.:{port}/ http://127.0.0.1:{port}/
    https://me@127.0.0.1:{port}/ https://169.254.169.254/latest/ http://localhost:{port}/
""".split()


@dataclass
class Log:
    """What a receiver has seen: how often each id, and which it has taken."""

    dice: random.Random
    secrets: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    unverified: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(self, visit: Visit) -> None:
        """Take seven of ten; refuse, hang up on and leave waiting the others."""
        head, _, body = visit.request.partition(b"\r\n\r\n")
        if not head:
            return  # its sender died before it had said anything
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): text for name, _, text in (each.partition(": ") for each in lines)}
        with self._lock:
            self._verify(first.split(" ")[1], headers, body)
            lot = self.dice.random()
            self.seen[headers["webhook-id"]] += 1
            self.taken[headers["webhook-id"]] += lot < 0.7
        if lot < 0.7:
            visit.say(OK)
        elif lot < 0.85:
            visit.say(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
        else:
            (reset if lot < 0.95 else hang)(visit)

    def _verify(self, path: str, headers: dict[str, str], body: bytes) -> None:
        try:
            Webhook(self.secrets[path]).verify(body, headers)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            self.unverified += 1


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Kill senders while events are told; let one receiver hang; point inside."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    with override_settings(WEBHOOK_TRUSTED_NETWORKS=read_networks(LOOPBACK.split(","))):
        stage.start_senders(2, **QUICK)
        yield under_kills(stage, dice, events=120 if short else 500, kills=6 if short else 20)
        yield beside_one_that_hangs(events=10 if short else 30)
        for name in ("sender-0", "sender-1"):
            stage.parts[name].stop()
        yield inside(stage)


def under_kills(stage: Stage, dice: random.Random, *, events: int, kills: int) -> Finding:
    """Tell events to receivers that fail three times in ten while senders are killed."""
    log = Log(random.Random(dice.random()))  # noqa: S311 - no secret
    with receiving(log.behave) as receiver:
        tenants = [make_tenant(f"Chaos {number}") for number in range(TENANTS)]
        for number, tenant in enumerate(tenants):
            path = f"/{number}"
            _, log.secrets[path] = make_webhook_endpoint(tenant, url=receiver.url(path=path))
        struck: Counter[str] = Counter()
        for number in range(kills):
            name = f"sender-{dice.randrange(2)}"
            wait_until(lambda name=name: starts(stage, name) > struck[name])
            share = events * (number + 1) // kills - events * number // kills
            tell(tenants, share, 0.005)
            time.sleep(dice.uniform(0.05, 0.4))
            struck[name] += bool(stage.parts[name].strike())
        last_at = time.monotonic()
        wait_until(lambda: ended() == events, seconds=300)
        after = time.monotonic() - last_at
    states = Counter(WebhookDelivery.objects.values_list("state", flat=True))
    found = WebhookDelivery.objects.filter(state="delivered").select_related("event")
    delivered = {str(each.event.public_id) for each in found}
    logged = Counter(
        str(public_id)
        for public_id in WebhookAttempt.objects.filter(status__isnull=False).values_list(
            "delivery__event__public_id", flat=True
        )
    )
    acknowledged = {each for each, times in log.taken.items() if times}
    everything = WebhookAttempt.objects.filter(tenant__in=tenants).count()
    unlogged = log.seen.total() - everything
    return Finding(
        "W1",
        len(acknowledged) == len(delivered) == events
        and acknowledged == delivered
        and not log.unverified
        and not logged - log.seen,
        f"{events} events, {kills} kills of senders: {len(acknowledged)} distinct ids taken,"
        f" {dict(states)}, database and receiver"
        f" {'agree' if acknowledged == delivered else 'DIFFER'};"
        f" {log.seen.total()} requests, all signatures hold"
        f"{f' BUT {log.unverified}' if log.unverified else ''}; {unlogged} attempts died with their"
        f" sender, {sum(times - 1 for times in log.taken.values() if times)} taken twice;"
        f" all ended {after:.1f} s after the last kill",
    )


def beside_one_that_hangs(*, events: int) -> Finding:
    """Tell one who hangs a hundred events, and another one a few."""
    arrived: dict[str, datetime] = {}

    def note(visit: Visit) -> None:
        head = visit.request.partition(b"\r\n\r\n")[0].decode("latin-1")
        (line,) = (each for each in head.split("\r\n") if each.startswith("webhook-id: "))
        arrived.setdefault(line.removeprefix("webhook-id: "), timezone.now())
        visit.say(OK)

    with receiving(hang) as hanging, receiving(note) as receiver:
        slow, quick = make_tenant("Slow"), make_tenant("Quick")
        make_webhook_endpoint(slow, url=hanging.url())
        make_webhook_endpoint(quick, url=receiver.url())
        tell([slow], 100, 0.0)
        tell([quick], events, 0.2)
        mine = WebhookDelivery.objects.filter(tenant=quick).select_related("event")
        wait_until(lambda: mine.filter(state="delivered").count() == events, seconds=60)
        late = [
            (arrived[str(each.event.public_id)] - each.event.created_at).total_seconds()
            for each in mine
        ]
    WebhookDelivery.objects.filter(tenant=slow, state="pending", lease_until=None).update(
        state="exhausted", last_error="timed_out", finished_at=Now()
    )
    return Finding(
        "W1",
        max(late) <= LATEST_SECONDS,
        f"beside one that hangs and has a hundred waiting: {events} events of another arrive within"
        f" {max(late):.2f} s (half within {sorted(late)[len(late) // 2]:.2f} s)",
    )


def inside(stage: Stage) -> Finding:
    """Send to every spelling of inside, with a sender that trusts nobody."""
    everywhere = "0.0.0.0"  # noqa: S104 - the canary sees whatever arrives
    with receiving(address=everywhere) as canary:
        tenant = make_tenant("Inside")
        urls = [each.format(port=canary.port) for each in INSIDE]
        for url in urls:
            endpoint, _ = make_webhook_endpoint(tenant)
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=url)
        strict = {**QUICK, "COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS": ""}
        strict["COUNTERMARK_WEBHOOK_PORTS"] = f"443,{canary.port}"
        stage.start_senders(1, **strict)
        tell([tenant], 1, 0.0)
        attempts = WebhookAttempt.objects.filter(tenant=tenant)
        wait_until(lambda: attempts.count() >= len(urls), seconds=60)
        errors = Counter(attempts.values_list("error", flat=True))
        stage.parts["sender-0"].stop()
    blocked = {"blocked_address", "bad_address", "dns_failed", "blocked_scheme"}
    return Finding(
        "W2",
        canary.visits == 0 and set(errors) <= blocked,
        f"{len(urls)} addresses inside, past all forms: {canary.visits} connections,"
        f" {dict(errors)}",
    )


def tell(tenants: list[Tenant], events: int, pause_seconds: float) -> None:
    """Let so many things happen to the tenants in turn, each in a transaction of its own."""
    for number in range(events):
        thing = str(uuid4())
        with transaction.atomic():
            emit(
                tenant_id=tenants[number % len(tenants)].pk,
                type=DISABLED,
                subject=f"webhook_endpoint:{thing}:{number}",
                payload={"id": thing, "url": "https://x.example", "reason": "failing"},
            )
        time.sleep(pause_seconds)


def starts(stage: Stage, name: str) -> int:
    """Return how often a sender has begun to send."""
    return stage.log_of(name).count("sender_started")


def ended() -> int:
    """Return how many deliveries have ended."""
    return WebhookDelivery.objects.exclude(state="pending").count()
