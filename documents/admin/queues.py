"""What waits for whom: the queues, as a panel of the overview and as a page of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.admin.overview import processes
from accounts.admin.pages import StaffPage, add_staff_page, staff_context
from accounts.admin.panels import Figure, Panel, Row, Table, changelist
from accounts.admin.wording import age, count
from config.charts import bar_chart
from documents.broker import waiting_messages
from documents.lanes import Lane, lanes, tenants_waiting

TENANTS_SHOWN = 10
# A job that has waited for longer than this has been forgotten by somebody.
SECONDS_MOST = 60


def depths() -> Panel:
    """Return how deep the queues are, and whose jobs fill them."""
    found = lanes()
    waiting = tenants_waiting(at_most=TENANTS_SHOWN)
    due = found["due"]
    is_late = (due.oldest_seconds or 0) > SECONDS_MOST
    jobs = changelist("documents_job", state__exact="queued")
    return Panel(
        "queues",
        "Queues",
        address=jobs,
        figures=[
            Figure("Oldest waiting job", age(due.oldest_seconds), "bad" if is_late else "", jobs),
            Figure("Waiting", count(due.depth), address=jobs),
            Figure(
                "Running",
                count(found["running"].depth),
                address=changelist("documents_job", state__exact="running"),
            ),
        ],
        chart=bar_chart(
            [each.name for each in waiting], [each.jobs for each in waiting], written=count
        )
        if waiting
        else None,
        chart_name="Waiting jobs by tenant",
        tables=[
            Table(("Queue", "Depth", "Oldest"), _lane_rows(found)),
            Table(
                ("Whose jobs wait", "Jobs", "Oldest"),
                [
                    Row(
                        [each.name, count(each.jobs), age(float(each.oldest_seconds))],
                        changelist("documents_job", state__exact="queued", q=each.slug),
                    )
                    for each in waiting
                ],
                "No jobs wait.",
                is_folded=True,
            ),
        ],
    )


def _lane_rows(found: dict[str, Lane]) -> list[Row]:
    places = {
        "due": ("Jobs that may start", changelist("documents_job", state__exact="queued")),
        "running": ("Jobs being done", changelist("documents_job", state__exact="running")),
        "later": (
            "Jobs that are tried again later",
            changelist("documents_job", trouble="waits for another attempt"),
        ),
        "held": (
            "Jobs of suspended tenants",
            changelist("documents_job", state__exact="queued", tenant="suspended"),
        ),
        "events": ("Events to be published", changelist("accounts_outboxevent", state="waiting")),
        "deliveries": (
            "Webhooks that are due",
            changelist("accounts_webhookdelivery", state__exact="pending"),
        ),
        "uploads": ("Uploads under way", ""),
    }
    return [
        Row(
            [called, count(found[name].depth), age(found[name].oldest_seconds)],
            address,
            tone="bad"
            if name in ("due", "events") and (found[name].oldest_seconds or 0) > SECONDS_MOST
            else "",
        )
        for name, (called, address) in places.items()
    ]


def messages() -> Panel:
    """Return what waits in the broker, beside the rows that are the truth."""
    number = waiting_messages()
    return Panel(
        "messages",
        "Messages to workers",
        note="A message only wakes a worker up; one that is lost is sent again by the relay.",
        figures=[
            Figure("Waiting", "No answer" if number is None else count(number), _tone(number))
        ],
    )


def _tone(number: int | None) -> str:
    return "bad" if number is None else ""


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """Show the queues, the broker and the processes that empty them."""
    context = staff_context(request, "Queues", panels=[depths(), messages(), processes()])
    return render(request, "admin/panels.html", context)


add_staff_page(StaffPage("queues/", queues, "queues", "documents.view_job", "Queues"))
