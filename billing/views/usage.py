"""What was used: a chart, the same as a table and a file, and the ledger."""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import principal_required
from billing.forms import UsageForm
from billing.money import amount
from billing.report_files import file_answer
from billing.reports import METRICS, GroupBy, Report, ledger_of, usage_report
from billing.services.terms import moment
from config.charts import bar_chart
from config.errors import Invalid

ROWS = 50
LAST_DAYS = timedelta(days=30)
# The counting of a long ledger's pages would take longer than reading one of them.
PAGES_MOST = 200


@principal_required("usage:read")
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what was used from ``?since=`` to ``?until=``, by ``?group_by=``."""
    report, form = _report(request)
    metric = form.shown
    values = [getattr(line, metric) for line in report.lines]
    by_day = report.group_by == "day"
    context: dict[str, Any] = {
        # The chart has all days, the table those with something, the newest first.
        "lines": [line for line in reversed(report.lines) if any(line.sums)]
        if by_day
        else report.lines,
        "report": report,
        "form": form,
        "metric": metric,
        "metrics": METRICS,
        "chart": bar_chart(
            [line.label for line in report.lines], values, written=partial(amount, metric=metric)
        )
        if by_day
        else None,
        "highest": max(report.lines, key=lambda line: getattr(line, metric), default=None),
        "most": max([*values, 1]),
    }
    return render(request, "billing/usage.html", context, status=422 if form.errors else 200)


@principal_required("usage:read")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file."""
    report, _ = _report(request)
    return file_answer(report)


@principal_required("usage:read")
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """Every quantity there is, newest first."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    newest = ledger_of(principal)[: ROWS * PAGES_MOST]
    page = Paginator(newest, ROWS).get_page(request.GET.get("page"))
    return render(request, "billing/ledger.html", {"page": page})


def _report(request: HttpRequest) -> tuple[Report, UsageForm]:
    """Return what was asked for; the last days, where nothing was or where it makes no sense."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    today = moment().astimezone(UTC).date()
    usual: dict[str, Any] = {"since": today - LAST_DAYS, "until": today, "group_by": "day"}
    given = {name: value for name, value in request.GET.items() if value}
    form = UsageForm({**usual, "metric": "pages", **given})
    if form.is_valid():
        asked: dict[str, Any] = {name: form.cleaned_data[name] for name in usual}
        group_by: GroupBy = asked["group_by"]
        try:
            return usage_report(principal=principal, **{**asked, "group_by": group_by}), form
        except Invalid as error:
            form.add_error("until", str(error.problems[0]["msg"]))
    return usage_report(principal=principal, **usual), form
