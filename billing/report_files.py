"""Reports as files to keep elsewhere."""

from __future__ import annotations

from django.http import HttpResponse

from billing.reports import METRICS, Report
from config.csv_cells import csv_text

HEAD = ("name", "label", *METRICS)


def file_answer(report: Report) -> HttpResponse:
    """Answer with a report as CSV (RFC 4180)."""
    rows = ([getattr(line, name) for name in HEAD] for line in report.lines)
    name = f"usage-{report.group_by}-{report.since}-{report.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(csv_text(HEAD, rows), "text/csv; charset=utf-8", headers=headers)
