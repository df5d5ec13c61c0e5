"""``/health`` of the whole web process."""

from __future__ import annotations

from contextlib import ExitStack

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Tenant
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving


def test_it_answers_while_the_database_holds_every_thread(live: Serving, tenant: Tenant) -> None:
    authorization = f"Bearer {make_api_key(tenant)[1]}"
    with ExitStack() as open_wires:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE documents_document")
            waiting = [
                open_wires.enter_context(live.connect()).head(
                    "GET", "/api/v1/documents/", authorization=authorization
                )
                for _ in range(settings.SYNC_THREADS + 1)
            ]
            with live.connect() as wire:
                assert wire.head("GET", "/health").answer().status == 200
        assert {wire.answer().status for wire in waiting} == {200}
