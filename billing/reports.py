"""What was used, by day, operation, key or member: sums of sums, however long the ledger is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Now

from accounts.models import APIKey, User
from accounts.principal import Principal
from billing.models import Quota, UsageDay, UsageRecord
from billing.models.usage import UsageRecordQuerySet
from config.errors import Invalid

GroupBy: TypeAlias = Literal["day", "operation", "key", "member"]
GROUPS: tuple[GroupBy, ...] = get_args(GroupBy)
DAYS_MAX = 366
METRICS = ("documents", "pages", "bytes")
_COLUMNS = {"day": "day", "operation": "operation", "key": "api_key_id", "member": "user_id"}


@dataclass(frozen=True, slots=True)
class Line:
    """What belongs to one day, operation, key or member; ``label`` is how people call it.

    ``name`` is None for what was done without a key, or by no member.
    """

    name: str | None
    label: str
    documents: int
    pages: int
    bytes: int

    @property
    def sums(self) -> tuple[int, int, int]:
        """What is counted."""
        return self.documents, self.pages, self.bytes


@dataclass(frozen=True, slots=True)
class Report:
    """Lines from ``since`` to ``until``, both days included; no day is missing."""

    since: date
    until: date
    group_by: GroupBy
    lines: list[Line] = field(default_factory=list)

    @property
    def total(self) -> Line:
        """All lines together."""
        sums = (sum(getattr(line, metric) for line in self.lines) for metric in METRICS)
        return Line(None, "Total", *sums)


def usage_report(
    *, principal: Principal, since: date, until: date, group_by: GroupBy = "day"
) -> Report:
    """Return what the tenant used, in two queries at most. Raises Invalid for a bad range."""
    if not timedelta(0) <= until - since < timedelta(days=DAYS_MAX):
        problem = {
            "loc": ["query", "until"],
            "msg": f"Ask for 1 to {DAYS_MAX} days.",
            "type": "bad_range",
        }
        raise Invalid(problems=[problem])
    found = _sums(
        UsageDay.objects.filter(tenant_id=principal.tenant_id, day__range=(since, until)), group_by
    )
    return Report(since, until, group_by, _lines(principal, group_by, found, since, until))


def daily_usage(*, since: date, until: date) -> Report:
    """Return what all tenants used by day: for staff, who reach them all."""
    found = _sums(UsageDay.objects.filter(day__range=(since, until)), "day")
    return Report(since, until, "day", _days(found, since, until))


@dataclass(frozen=True, slots=True)
class TenantMonth:
    """What a tenant has used of its present month, and may."""

    tenant_id: UUID
    name: str
    slug: str
    documents: int
    pages: int
    monthly_pages: int | None


def largest_months(*, at_most: int) -> list[TenantMonth]:
    """Return who has used most pages of their present months: for staff, who reach them all."""
    now = Quota.objects.filter(starts_at__lte=Now(), ends_at__gt=Now(), pages_used__gt=0)
    columns = ("tenant_id", "tenant__name", "tenant__slug", "documents_used", "pages_used")
    rows = now.order_by("-pages_used", "tenant_id").values_list(*columns, "tenant__monthly_pages")
    return [TenantMonth(*row) for row in rows[:at_most]]


def ledger_of(principal: Principal) -> UsageRecordQuerySet:
    """Return the tenant's ledger, newest first; ``created_at`` as pages of lists want it."""
    return UsageRecord.objects.visible_to(principal).annotate(created_at=F("occurred_at"))


Sums: TypeAlias = dict[object, tuple[int, int, int]]


def _sums(days: QuerySet[UsageDay], group_by: GroupBy) -> Sums:
    column = _COLUMNS[group_by]
    rows = days.order_by(column).values_list(column).annotate(*(Sum(name) for name in METRICS))
    return {name: (documents, pages, size) for name, documents, pages, size in rows}


def _lines(
    principal: Principal, group_by: GroupBy, found: Sums, since: date, until: date
) -> list[Line]:
    if group_by == "day":
        return _days(found, since, until)
    if group_by == "operation":
        return [Line(str(name), str(name).capitalize(), *sums) for name, sums in found.items()]
    labels = _labels(principal, group_by, [name for name in found if isinstance(name, UUID)])
    without = "Without a key" if group_by == "key" else "By a key"
    lines = [
        Line(str(name) if name else None, labels.get(name, "Gone") if name else without, *sums)
        for name, sums in found.items()
    ]
    return sorted(lines, key=lambda line: -line.pages)


def _days(found: Sums, since: date, until: date) -> list[Line]:
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    return [Line(str(day), f"{day:%-d %b}", *found.get(day, (0, 0, 0))) for day in days]


def _labels(principal: Principal, group_by: GroupBy, ids: Iterable[UUID]) -> dict[object, str]:
    if group_by == "key":
        keys = APIKey.objects.visible_to(principal).filter(pk__in=ids)
        return {key.pk: key.name for key in keys.only("name")}
    # Of people who have left as well: their work stays, and with it their name.
    people = User.objects.filter(pk__in=ids)
    return {person.pk: person.name or person.email for person in people.only("name", "email")}
