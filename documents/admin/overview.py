"""The staff's overview: how the whole service does, in figures that lead to their rows."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from accounts.admin import overview as of_accounts
from accounts.admin.pages import pages_for
from accounts.admin.panels import Draws, Figure, Panel, Row, Table, drawn_for, form_of
from accounts.admin.wording import count, data, percent, taken
from accounts.models import Tenant
from billing.admin import overview as of_billing
from config.charts import bar_chart
from config.metrics.reading import request_timings
from documents.admin.queues import depths
from documents.models import StorageDay

ADDRESSES_SHOWN = 8
DAYS = 30
# More of a hundred than this, or slower than this, and somebody should look.
ERROR_PERCENT_MOST = 1.0
P95_SECONDS_MOST = 1.0


def requests() -> Panel:
    """Return how the web processes of this machine have answered since they began."""
    everything, *each = request_timings()
    total, p95 = everything.count, everything.p95_seconds
    labels = [_bucket_name(end) for end, _ in everything.buckets]
    slowest = sorted(each, key=lambda one: (-one.p95_seconds, -one.count))[:ADDRESSES_SHOWN]
    times = [
        Row([label, count(number), percent(100 * number / total if total else 0)])
        for label, (_, number) in zip(labels, everything.buckets, strict=True)
    ]
    addresses = [
        Row(
            [f"/{one.route}", count(one.count), taken(one.p95_seconds), percent(one.error_percent)],
            tone="bad" if one.error_percent > ERROR_PERCENT_MOST else "",
        )
        for one in slowest
    ]
    is_slow, fails = p95 > P95_SECONDS_MOST, everything.error_percent > ERROR_PERCENT_MOST
    return Panel(
        "requests",
        "Requests",
        note="Answered by the web processes of this machine since the server began. "
        "How it was over time, and on other machines, is in your monitoring (/metrics).",
        figures=[
            Figure("p95", taken(p95), "warn" if is_slow else ""),
            Figure("Errors (5xx)", percent(everything.error_percent), "bad" if fails else ""),
            Figure("Requests", count(total)),
        ],
        chart=bar_chart(labels, [number for _, number in everything.buckets], written=count),
        chart_name="Requests by how long they took",
        tables=[
            Table(("Took", "Requests", "Share"), times, is_folded=True),
            Table(("Slowest addresses", "Requests", "p95", "Errors"), addresses, "None yet."),
        ],
    )


def storage() -> Panel:
    """Return how much is stored, and whose most of it is."""
    days = list(reversed(StorageDay.objects.order_by("-day")[:DAYS]))
    last = days[-1] if days else None
    largest = last.largest if last else []
    names = dict(
        Tenant.objects.filter(pk__in=[one["tenant"] for one in largest]).values_list("pk", "name")
    )
    by_id = {str(pk): name for pk, name in names.items()}
    rows = [
        Row(
            [by_id.get(one["tenant"], "Gone"), data(one["bytes"]), count(one["objects"])],
            form_of("accounts_tenant", one["tenant"]),
        )
        for one in largest
    ]
    by_day = [Row([f"{day.day:%-d %b}", data(day.bytes)]) for day in reversed(days)]
    return Panel(
        "storage",
        "Storage",
        note=f"Read at {last.counted_at:%H:%M} (UTC), every ten minutes." if last else "",
        figures=[Figure("Stored", data(last.bytes)), Figure("Objects", count(last.objects_count))]
        if last
        else [],
        chart=bar_chart(
            [f"{day.day:%-d %b}" for day in days], [day.bytes for day in days], written=data
        )
        if days
        else None,
        chart_name="Bytes stored by day",
        tables=[
            Table(("Tenant", "Stored", "Objects"), rows, "The relay has not counted yet."),
            *([Table(("Day", "Stored"), by_day, is_folded=True)] if days else []),
        ],
    )


def _bucket_name(end: float) -> str:
    return "over 10 s" if end == inf else f"≤ {taken(end)}"


PANELS: tuple[Draws, ...] = (
    Draws("accounts.view_pulse", requests),
    Draws("documents.view_job", depths),
    of_accounts.PANELS[0],
    *of_billing.PANELS,
    Draws("documents.view_storageday", storage),
    *of_accounts.PANELS[1:],
)


def with_overview(index: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return ``AdminSite.index`` with the panels that who asks may see."""

    def overview(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown = {
            "panels": drawn_for(request.user, PANELS),
            "staff_pages": pages_for(request.user),
        }
        return index(request, {**shown, **(extra_context or {})})

    return overview


admin.site.index = with_overview(admin.site.index)  # type: ignore[method-assign, assignment] # documented by Django
admin.site.index_template = "admin/overview.html"
