"""The year in a number is that of the document, whoever waited for whom."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from django.db import connection, connections, transaction

from accounts.tests.factories import make_tenant
from billing.models import Invoice
from billing.services import invoicing
from billing.tests.factories import make_invoice


@pytest.mark.django_db(transaction=True)
def test_who_waits_over_new_year_is_numbered_in_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    new = datetime(2027, 1, 1, tzinfo=UTC)
    is_new = Event()
    monkeypatch.setattr(invoicing, "moment", lambda: new if is_new.is_set() else old)
    tenants = [make_tenant(), make_tenant()]

    def issue() -> None:
        try:
            make_invoice(tenants[1])
        finally:
            connections.close_all()

    late = Thread(target=issue)
    with transaction.atomic():
        make_invoice(tenants[0])
        late.start()
        with connection.cursor() as cursor:
            while True:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
                assert late.is_alive()
                time.sleep(0.01)
        is_new.set()
    late.join()
    written = Invoice.objects.order_by("created_at").values_list("year", "sequence", "created_at")
    assert [tuple(each) for each in written] == [(2026, 1, old), (2027, 1, new)]
