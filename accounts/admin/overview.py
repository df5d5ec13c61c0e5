"""What this room has to say on the staff's overview: processes and failing endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.aggregates import Count
from django.db.models.functions import Now

from accounts.admin.panels import Draws, Figure, Panel, Row, Table, changelist, form_of
from accounts.admin.wording import age, count
from accounts.models import Pulse, WebhookEndpoint
from accounts.services.pulses import SILENT_AFTER

SHOWN = 10
PROCESSES_SHOWN = 100


def processes() -> Panel:
    """Return which workers, relays and senders live, and which have fallen silent."""
    pulses = list(Pulse.objects.annotate(now=Now()).order_by("kind", "name")[:PROCESSES_SHOWN])
    living = {kind: 0 for kind in Pulse.Kind.values}
    rows = []
    for pulse in pulses:
        silence = pulse.now - pulse.seen_at
        is_silent = silence > SILENT_AFTER
        living[pulse.kind] += not is_silent
        rows.append(
            Row(
                [
                    pulse.name,
                    "Silent" if is_silent else "Alive",
                    f"{age(silence.total_seconds())} ago",
                    age((pulse.now - pulse.began_at).total_seconds()),
                ],
                tone="bad" if is_silent else "",
            )
        )
    figures = [
        Figure(f"{Pulse.Kind(kind).label}s", count(number), tone="" if number else "bad")
        for kind, number in living.items()
    ]
    heads = ("Process", "State", "Heard from", "Runs for")
    empty = "No worker, relay or sender has told that it lives."
    return Panel(
        "processes",
        "Processes",
        note="Each tells every ten seconds that it lives; one that was killed is shown for a day.",
        figures=figures,
        tables=[Table(heads, rows, empty)],
    )


def failing_endpoints() -> Panel:
    """Return the endpoints that have failed for longest, of those that are still tried."""
    failing = WebhookEndpoint.objects.filter(
        failing_since__isnull=False, disabled_at__isnull=True, deleted_at__isnull=True
    )
    shown: list[Any] = list(_counted(failing).order_by("failing_since", "pk")[:SHOWN])
    rows = [
        Row(
            [
                str(each),
                each.tenant.name,
                count(each.failures),
                _since(each.now, each.failing_since),
            ],
            form_of("accounts_webhookendpoint", each.pk),
        )
        for each in shown
    ]
    number = shown[0].number if shown else 0
    address = changelist("accounts_webhookendpoint", state="failing")
    return Panel(
        "endpoints",
        "Failing webhook endpoints",
        note="Tried, and not answering as they should; after five days they are turned off.",
        address=address,
        figures=[Figure("Failing now", count(number), "warn" if number else "", address)],
        tables=[
            Table(
                ("Endpoint", "Tenant", "Failures in a row", "For"),
                rows,
                "Every endpoint takes its events.",
            )
        ],
    )


def _counted(endpoints: QuerySet[WebhookEndpoint]) -> QuerySet[Any]:
    """Count all of them beside the first few, in the same query."""
    return endpoints.select_related("tenant").annotate(now=Now(), number=Window(Count(F("pk"))))


def _since(now: datetime, moment: datetime | None) -> str:
    return age((now - moment).total_seconds() if moment else None)


PANELS = (
    Draws("accounts.view_pulse", processes),
    Draws("accounts.view_webhookendpoint", failing_endpoints),
)
