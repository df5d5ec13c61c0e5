"""What this room has to say on the staff's overview: pages per day, and the month by tenant."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from accounts.admin.panels import Draws, Figure, Panel, Row, Table, changelist, form_of
from accounts.admin.wording import count
from billing.reports import daily_usage, largest_months
from billing.services.terms import moment
from config.charts import bar_chart

DAYS = 30
SHOWN = 10


def pages_per_day() -> Panel:
    """Return what all tenants marked in the last days."""
    today: date = moment().astimezone(UTC).date()
    report = daily_usage(since=today - timedelta(days=DAYS - 1), until=today)
    total, last = report.total, report.lines[-1]
    rows = [
        Row([line.label, count(line.pages), count(line.documents)])
        for line in reversed(report.lines)
        if any(line.sums)
    ]
    return Panel(
        "pages",
        "Pages per day",
        note=f"Marked by all tenants in the last {DAYS} days (UTC).",
        address=changelist("billing_usagerecord", metric__exact="pages"),
        figures=[
            Figure("Today", count(last.pages)),
            Figure(f"{DAYS} days", count(total.pages)),
            Figure("Documents", count(total.documents)),
        ],
        chart=bar_chart(
            [line.label for line in report.lines],
            [line.pages for line in report.lines],
            written=count,
        ),
        chart_name="Pages marked by day",
        tables=[Table(("Day", "Pages", "Documents"), rows, "Nothing was marked.", is_folded=True)],
    )


def months() -> Panel:
    """Return who has used most of their present months."""
    rows = [
        Row(
            [
                each.name,
                count(each.pages),
                "no limit" if each.monthly_pages is None else count(each.monthly_pages),
                count(each.documents),
            ],
            form_of("accounts_tenant", each.tenant_id),
            tone="warn" if each.monthly_pages and each.pages >= each.monthly_pages else "",
        )
        for each in largest_months(at_most=SHOWN)
    ]
    return Panel(
        "months",
        "Usage of the month",
        note=f"The {SHOWN} tenants with most pages; each month begins on a day of the tenant's.",
        address=changelist("billing_quota"),
        tables=[
            Table(
                ("Tenant", "Pages", "of", "Documents"),
                rows,
                "Nobody has marked anything this month.",
            )
        ],
    )


PANELS = (
    Draws("billing.view_usagerecord", pages_per_day),
    Draws("billing.view_quota", months),
)
