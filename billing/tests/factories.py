"""Rows of the ledger and the allowance for any room's tests."""

from __future__ import annotations

import itertools

from django.db import transaction

from accounts.models import Tenant
from billing.models import Reservation, UsageRecord
from billing.services.quota import reserve
from billing.services.usage import record_usage

_numbers = itertools.count(1)


def make_reservation(tenant: Tenant, *, documents: int = 1, pages: int = 1) -> Reservation:
    """Return a reservation of the present month."""
    source = f"work:{next(_numbers)}"
    with transaction.atomic():
        reserve(tenant_id=tenant.pk, source=source, documents=documents, pages=pages)
    return Reservation.objects.get(source=source)


def make_usage(tenant: Tenant, *, pages: int = 1) -> UsageRecord:
    """Return a line of the ledger."""
    with transaction.atomic():
        (record,) = record_usage(
            tenant_id=tenant.pk, source=f"work:{next(_numbers)}", quantities={"pages": pages}
        )
    return record
