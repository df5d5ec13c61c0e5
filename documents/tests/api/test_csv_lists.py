"""Every list that comes as CSV: the rows of its JSON, all of them, however many pages."""

from __future__ import annotations

import csv
import io

from accounts.models import WebhookDelivery
from config.tests.conformance import operations
from documents.tests.factories import make_batch
from documents.tests.isolation.matrix import OBJECTS, furnish

AS_CSV = {"Accept": "text/csv"}
# What is no list: a report, and the table of one batch.
NO_LISTS = {"/api/v1/usage/", "/api/v1/batches/{batch_id}/manifest.csv"}


def lists():
    return {
        path
        for method, path, operation in operations()
        if method == "GET"
        and "text/csv" in operation["responses"]["200"].get("content", {})
        and path not in NO_LISTS
    }


def test_these_lists_are_files_too():
    assert {path.removeprefix("/api/v1/") for path in lists()} == {
        *("batches/", "documents/", "invoices/", "jobs/", "organization/audit-log/", "payments/"),
        *("usage-alerts/", "usage/ledger/", "webhook-deliveries/"),
        "webhook-endpoints/{endpoint_id}/deliveries/",
    }


def rows(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_each_has_the_rows_of_its_json(api, tenant, monkeypatch):
    monkeypatch.setattr("config.api.lists.ROWS_AT_ONCE", 1)
    furnish(tenant)
    endpoint = WebhookDelivery.objects.get(pk=OBJECTS["delivery_id"](tenant)).endpoint_id
    for path in lists():
        address = path.replace("{endpoint_id}", str(endpoint))
        found = rows(api.get(address, headers=AS_CSV))
        # Behind it: that the audit log left as a file is the newest entry of the file.
        listed = api.get(address, {"limit": 100}).json()["results"]
        assert listed, path
        assert [each["id"] for each in found] == [each["id"] for each in listed], path
        for name in ("state", "created_at", "event_type", "action", "source"):
            assert found[0].get(name) == listed[0].get(name), (path, name)


def test_no_title_is_a_formula(api, tenant):
    make_batch(tenant, title="=cmd|' /C calc'!A0")
    (row,) = rows(api.get("/api/v1/batches/", headers=AS_CSV))
    assert row["title"] == "'=cmd|' /C calc'!A0"
    assert (row["total"], row["cancel_requested"]) == ("1", "False")
