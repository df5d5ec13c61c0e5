"""What was used: reports and the ledger itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.bodies import instant
from billing.models import UsageRecord
from billing.queries import this_month
from billing.report_files import HEAD, file_answer
from billing.reports import GROUPS, Line, Report, ledger_of, usage_report
from config.api.endpoints import Endpoint
from config.api.lists import csv_answer, wants_csv
from config.api.pagination import CursorPages, Page, PageQuery, page_body
from config.api.schema import operation
from config.api.shapes import Shape

FORMATS = ("json", "csv")
LEDGER_HEAD = (
    *("id", "metric", "quantity", "operation", "source", "api_key_id", "user_id", "note"),
    "created_at",
)


class UsageQuery(Shape):
    """Which days, and what belongs together."""

    since = serializers.DateField(
        required=False, help_text="The first day (UTC); the first of the present month, if absent."
    )
    until = serializers.DateField(
        required=False, help_text="The last day; the last of the present month, if absent."
    )
    group_by = serializers.ChoiceField(
        choices=GROUPS, default="day", help_text="What is added up in one line."
    )
    format = serializers.ChoiceField(
        choices=FORMATS, default="json", help_text="How it is answered."
    )


@extend_schema_serializer(component_name="UsageLine")
class UsageLine(serializers.Serializer[Any]):
    """What belongs to one day, operation, key or member."""

    name = serializers.CharField(
        allow_null=True,
        help_text="The day, operation or id; null: without a key, or by a key.",
    )
    label = serializers.CharField(help_text="How people call it.")  # type: ignore[assignment] # of Field
    documents = serializers.IntegerField()
    pages = serializers.IntegerField()
    bytes = serializers.IntegerField()


@extend_schema_serializer(component_name="Usage")
class UsageOut(serializers.Serializer[Any]):
    """What was used from `since` to `until`, both days included."""

    since = serializers.DateField()
    until = serializers.DateField()
    group_by = serializers.ChoiceField(choices=GROUPS)
    results = UsageLine(many=True)
    total = UsageLine()


@extend_schema_serializer(component_name="LedgerEntry")
class LedgerEntry(serializers.Serializer[Any]):
    """One quantity of one metric, used by one piece of work. It never changes."""

    id = serializers.UUIDField()
    metric = serializers.ChoiceField(choices=UsageRecord.Metric.choices)
    quantity = serializers.IntegerField(help_text="Less than nothing in adjustments only.")
    operation = serializers.CharField()
    source = serializers.CharField(help_text="What has used it, such as `job:<id>`.")  # type: ignore[assignment] # of Field
    api_key_id = serializers.UUIDField(allow_null=True)
    user_id = serializers.UUIDField(allow_null=True)
    note = serializers.CharField(allow_blank=True, help_text="Why, of an adjustment.")
    created_at = serializers.DateTimeField()


class LedgerPage(serializers.Serializer[Any]):
    """One page of the ledger, newest first."""

    results = LedgerEntry(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


_LINE = {"name": "2026-11-21", "label": "21 Nov", "documents": 8, "pages": 120, "bytes": 4_821_330}
_EXAMPLE = {
    "since": "2026-11-21",
    "until": "2026-11-21",
    "group_by": "day",
    "results": [_LINE],
    "total": {**_LINE, "name": None, "label": "Total"},
}


_LEDGER = OpenApiExample(
    "pages",
    {
        "results": [
            {
                "id": "7d0f4f0e-52a1-4c0b-8d53-1c9c5f6a7b21",
                "metric": "pages",
                "quantity": 12,
                "operation": "watermark",
                "source": "job:0b1f6c2e-7a3d-4e5f-9c8b-2d4e6f8a0b1c",
                "api_key_id": "0c6a3f1b-8a52-4c6b-9d0e-3a1f6f0d2b4c",
                "user_id": None,
                "note": "",
                "created_at": "2026-11-21T09:30:00Z",
            }
        ],
        "next": None,
        "previous": None,
    },
)


class UsageView(Endpoint):
    """What was used."""

    required_scopes = {"GET": "usage:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": UsageQuery}

    @operation(
        "getUsage",
        tag="Usage",
        summary="What was used?",
        description="Documents, pages and bytes marked, by day, operation, API key or member, of up"
        " to 366 days. Work that failed was free and is not in it. A file with `format=csv` or"
        " `Accept: text/csv`.",
        responses={
            (200, "application/json"): OpenApiResponse(
                UsageOut, "The usage.", [OpenApiExample("day", _EXAMPLE)]
            ),
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The same as a file."),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Report usage."""
        as_csv = self.query.pop("format") == "csv" or wants_csv(request)
        report = usage_report(principal=self.principal, **self._days())
        if as_csv:
            return file_answer(report)
        return Response(report_body(report))

    def _days(self) -> dict[str, Any]:
        asked = self.query
        if "since" in asked and "until" in asked:
            return asked
        month = this_month(tenant_id=self.principal.tenant_id)
        first, last = month.starts_at.date(), month.ends_at.date()
        return {"since": min(first, asked.get("until", first)), "until": last} | asked


class LedgerView(Endpoint):
    """Every quantity there is."""

    required_scopes = {"GET": "usage:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PageQuery}

    @operation(
        "listLedger",
        tag="Usage",
        summary="Read the usage ledger",
        description="Each piece of work is in it once for each metric. Nothing in it is changed."
        " With `Accept: text/csv` all of it, however many pages: a file for spreadsheets.",
        responses={
            (200, "application/json"): OpenApiResponse(LedgerPage, "One page.", [_LEDGER]),
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "All of it."),
        },
    )
    def get(self, request: Request) -> Response | HttpResponseBase:
        """List the ledger."""
        if wants_csv(request):
            return csv_answer(
                ledger_of(self.principal),
                tenant_id=self.principal.tenant_id,
                file_name="ledger.csv",
                head=LEDGER_HEAD,
                cells=lambda entry: entry_body(entry).values(),
            )
        pages = CursorPages(limit=self.query["limit"], cursor=self.query.get("cursor"))
        page: Page[UsageRecord] = pages.page(ledger_of(self.principal))
        return Response(page_body(request, page, entry_body))


def entry_body(entry: UsageRecord) -> dict[str, Any]:
    """Return an entry of the ledger."""
    return {
        "id": str(entry.pk),
        "metric": entry.metric,
        "quantity": entry.quantity,
        "operation": entry.operation,
        "source": entry.source,
        "api_key_id": str(entry.api_key_id) if entry.api_key_id else None,
        "user_id": str(entry.user_id) if entry.user_id else None,
        "note": entry.note,
        "created_at": instant(entry.occurred_at),
    }


def report_body(report: Report) -> dict[str, Any]:
    """Return a report."""
    return {
        "since": str(report.since),
        "until": str(report.until),
        "group_by": report.group_by,
        "results": [line_body(line) for line in report.lines],
        "total": line_body(report.total),
    }


def line_body(line: Line) -> dict[str, Any]:
    """Return a line of a report."""
    return {name: getattr(line, name) for name in HEAD}
