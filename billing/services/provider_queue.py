"""What waits for a payment provider: looking soon, and trying again at once by staff's hand."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from billing.models import MeterReport, ProviderAccount


def look_soon(accounts: QuerySet[ProviderAccount]) -> None:
    """Have them looked at now, but for those that wait since a look has failed."""
    accounts.filter(failures=0).update(look_at=Now())


def look_again(*, customers: Collection[str]) -> int:
    """Let what these customers have be looked at now; return how many are ours."""
    ours = ProviderAccount.objects.filter(customer_id__in=customers)
    return ours.update(look_at=Now(), failures=0)


def report_again(*, reports: Collection[UUID]) -> int:
    """Let reports that were given up be sent; return how many there are."""
    failed = MeterReport.objects.filter(pk__in=reports, failed_at__isnull=False)
    return failed.update(failed_at=None, first_tried_at=None, try_at=Now())
