"""Each invariant holds of what the services make, and is named when it is broken on purpose."""

from __future__ import annotations

import pytest

from accounts.models import OutboxEvent
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.invariants import Look, known_invariants
from documents.invariants import blobs
from documents.models import Job
from documents.tests.lived_in import world  # noqa: F401 - a fixture
from documents.tests.spoiling import broken, changed, no_constraints, spoilt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir", "queue", "world")]


SPOILERS = {
    "a start that nobody was told": (
        "DELETE FROM accounts_outboxevent WHERE type = 'job.queued'",
        {"job_start_told"},
    ),
    "an end that nobody was told": (
        "DELETE FROM accounts_outboxevent WHERE type = 'job.succeeded'",
        {"job_end_told"},
    ),
    "an end told twice": (
        "INSERT INTO accounts_outboxevent (tenant_id, type, subject, payload, request_id,"
        " created_at) SELECT tenant_id, 'job.failed', subject, payload, '', created_at"
        " FROM accounts_outboxevent WHERE type = 'job.succeeded'",
        {"job_end_told"},
    ),
    "the end of a job that runs": (
        "UPDATE documents_job SET state = 'queued', finished_at = NULL WHERE state = 'cancelled'",
        {"job_end_told"},
    ),
    "events of another tenant": (
        "UPDATE accounts_outboxevent SET tenant_id = (SELECT id FROM accounts_tenant"
        " WHERE id <> tenant_id LIMIT 1) WHERE type IN ('job.succeeded', 'document.created')",
        {"job_events_of_jobs", "document_events_of_documents"},
    ),
    "an event of no job": (
        "UPDATE accounts_outboxevent SET subject = 'job:' || gen_random_uuid(), payload = '{}'"
        " WHERE type = 'job.queued'",
        {"job_events_of_jobs", "job_start_told"},
    ),
    "an event about something else": (
        "UPDATE accounts_outboxevent SET payload = jsonb_build_object('id', gen_random_uuid())"
        " WHERE type = 'job.queued'",
        {"outbox_in_order"},
    ),
    "an event that left before it was written": (
        "UPDATE accounts_outboxevent SET published_at = now() - interval '1 hour'",
        {"outbox_in_order"},
    ),
    "a lost copy": (
        "UPDATE documents_job SET result_id = NULL WHERE state = 'succeeded'",
        {"job_output_once", "blob_has_owner"},
    ),
    "a copy that is the original": (
        "UPDATE documents_job SET result_id = (SELECT blob_id FROM documents_document"
        " WHERE id = document_id) WHERE state = 'succeeded'",
        {"job_output_once", "blob_has_owner"},
    ),
    "one copy of two jobs": (
        "UPDATE documents_job job SET result_id = (SELECT other.result_id FROM documents_job other"
        " WHERE other.tenant_id = job.tenant_id AND other.state = 'succeeded')"
        " WHERE state = 'failed'",
        {"job_output_once"},
    ),
    "work that nobody counted": (
        "DELETE FROM billing_usagerecord WHERE metric = 'pages'",
        {"job_usage", "quota_is_ledger", "usage_days_are_ledger"},
    ),
    "work counted wrong": (
        "UPDATE billing_usagerecord SET quantity = quantity + 1 WHERE metric = 'bytes'",
        {"job_usage", "quota_is_ledger", "usage_days_are_ledger"},
    ),
    "nothing done and yet counted": (
        "UPDATE billing_usagerecord usage SET source = 'job:' || (SELECT id FROM documents_job job"
        " WHERE job.tenant_id = usage.tenant_id AND state = 'failed')",
        {"job_usage"},
    ),
    "counted for no job": (
        "INSERT INTO billing_usagerecord (id, metric, quantity, operation, source, note,"
        " occurred_at, tenant_id) SELECT gen_random_uuid(), 'pages', 1, 'watermark', 'job:gone',"
        " '', now(), id FROM accounts_tenant LIMIT 1",
        {"job_usage", "usage_days_are_ledger"},
    ),
    "counted for the wrong tenant": (
        "UPDATE billing_usagerecord usage SET tenant_id ="
        " (SELECT id FROM accounts_tenant WHERE id <> usage.tenant_id LIMIT 1)",
        {"job_usage", "tenants_agree", "usage_days_are_ledger"},
    ),
    "counted twice": (
        "INSERT INTO billing_usagerecord (id, metric, quantity, operation, source, note,"
        " occurred_at, tenant_id) SELECT gen_random_uuid(), metric, quantity, operation, source,"
        " note, occurred_at, tenant_id FROM billing_usagerecord",
        {"usage_once", "usage_days_are_ledger"},
    ),
    "sums that are not the ledger's": (
        "UPDATE billing_usageday SET pages = pages + 1",
        {"usage_days_are_ledger"},
    ),
    "a month within another": (
        "INSERT INTO billing_quota (id, tenant_id, starts_at, ends_at, documents_used,"
        " documents_reserved, pages_used, pages_reserved, bytes_used, bytes_reserved)"
        " SELECT gen_random_uuid(), tenant_id, starts_at + interval '1 day', ends_at,"
        " 0, 0, 0, 0, 0, 0 FROM billing_quota",
        {"quota_months_apart"},
    ),
    "limits that are not the plan's": (
        "INSERT INTO billing_subscription (id, tenant_id, plan_id, interval, state, provider,"
        " term_starts_at, next_interval, trial_used, version, created_at)"
        " SELECT gen_random_uuid(), id, 'free', 'monthly', 'active', '', now(), '', false, 0, now()"
        " FROM accounts_tenant",
        {"limits_are_the_plans"},
    ),
    "a key's cap that counts what nobody used": (
        "INSERT INTO billing_keybudget (id, tenant_id, api_key_id, cap, quota_id, pages,"
        " created_at) SELECT gen_random_uuid(), tenant_id, gen_random_uuid(), 1, id, 5, now()"
        " FROM billing_quota",
        {"key_budget_is_ledger"},
    ),
    "a plan that is paid where nobody knows of it": (
        "INSERT INTO billing_subscription (id, tenant_id, plan_id, interval, state, provider,"
        " term_starts_at, next_interval, trial_used, version, created_at)"
        " SELECT gen_random_uuid(), id, 'free', 'monthly', 'active', 'stripe', now(), '', false, 0,"
        " now() FROM accounts_tenant",
        {"managed_plan_has_account", "limits_are_the_plans"},
    ),
    "more paid than was asked for": (
        "INSERT INTO billing_payment (id, tenant_id, invoice_id, provider, reference, number, url,"
        " currency, amount, paid_on, created_at) SELECT gen_random_uuid(), tenant_id, id, '', '',"
        " '', '', currency, total + 1, now(), now() FROM billing_invoice WHERE kind = 'invoice'",
        {"payments_within_invoice"},
    ),
    "further pages that were reported with a gap": (
        "INSERT INTO billing_meterreport (id, tenant_id, quota_id, spent_before, spent_after,"
        " created_at, counts_at, attempts, last_error) SELECT gen_random_uuid(), tenant_id, id,"
        " 5, 9, now(), now(), 0, '' FROM billing_quota",
        {"meter_reports_follow"},
    ),
    "something used without a line in the ledger": (
        "UPDATE billing_quota SET pages_used = pages_used + 1",
        {"quota_is_ledger"},
    ),
    "something held without a reservation": (
        "UPDATE billing_quota SET documents_reserved = documents_reserved + 1",
        {"quota_reserved"},
    ),
    "a reservation that an ended job left behind": (
        "WITH held AS (INSERT INTO billing_reservation (id, tenant_id, quota_id, source, documents,"
        " pages, bytes, created_at) SELECT gen_random_uuid(), job.tenant_id, quota.id,"
        " 'job:' || job.id, 1, 1, 0, now() FROM documents_job job"
        " JOIN billing_quota quota USING (tenant_id)"
        " WHERE job.state = 'failed' RETURNING quota_id) UPDATE billing_quota SET"
        " documents_reserved = documents_reserved + 1, pages_reserved = pages_reserved + 1"
        " WHERE id IN (SELECT quota_id FROM held)",
        {"job_reservation"},
    ),
    "a lease that nobody ended": (
        "UPDATE documents_job SET lease_until = now() - interval '2 minutes'"
        " WHERE state = 'running'",
        {"job_lease"},
    ),
    "a lease without end": (
        "UPDATE documents_job SET lease_until = now() + interval '1 day' WHERE state = 'running'",
        {"job_lease"},
    ),
    "a lease of a waiting job": (
        "UPDATE documents_job SET lease_token = gen_random_uuid() WHERE state = 'queued'",
        {"job_lease"},
    ),
    "one attempt too many": (
        "UPDATE documents_job SET attempt = max_attempts + 1 WHERE state = 'failed'",
        {"job_lease"},
    ),
    "a job that waits for ever": (
        "UPDATE documents_job SET created_at = now() - interval '2 days' WHERE state = 'queued'",
        {"job_not_stuck"},
    ),
    "a failure without a reason": (
        "UPDATE documents_job SET error_code = '' WHERE state = 'failed'",
        {"job_not_stuck"},
    ),
    "a document of another tenant": (
        "UPDATE documents_document SET tenant_id = (SELECT id FROM accounts_tenant"
        " WHERE id <> tenant_id LIMIT 1) WHERE deleted_at IS NULL",
        {"tenants_agree", "document_events_of_documents"},
    ),
    "a document that nobody was told of": (
        "DELETE FROM accounts_outboxevent WHERE type = 'document.created'",
        {"document_told"},
    ),
    "a deletion that nobody was told of": (
        "DELETE FROM accounts_outboxevent WHERE type = 'document.deleted'",
        {"document_told"},
    ),
    "a document that was deleted behind our back": (
        "UPDATE documents_document SET deleted_at = now(), blob_id = NULL WHERE deleted_at IS NULL",
        {"deletion_has_receipts", "document_told", "blob_has_owner"},
    ),
    "a deleted document that belongs to somebody else": (
        "UPDATE documents_document SET tenant_id = (SELECT id FROM accounts_tenant"
        " WHERE id <> tenant_id LIMIT 1) WHERE deleted_at IS NOT NULL",
        {"deletion_has_receipts", "document_events_of_documents"},
    ),
    "a document whose bytes were taken": (
        "UPDATE documents_document SET blob_id = NULL WHERE deleted_at IS NULL",
        {"deleted_is_gone", "blob_has_owner"},
    ),
    "a copy past its time": (
        "UPDATE documents_job SET expires_at = now() - interval '2 days' WHERE state = 'succeeded'",
        {"deleted_is_gone"},
    ),
    "bytes without their row": (
        "DELETE FROM documents_blob WHERE id IN"
        " (SELECT result_id FROM documents_job WHERE state = 'succeeded')",
        {"bytes_have_blob"},
    ),
    "a row about other bytes": (
        "UPDATE documents_blob SET size_bytes = size_bytes + 1"
        " WHERE id IN (SELECT result_id FROM documents_job WHERE state = 'succeeded')",
        {"blob_has_bytes"},
    ),
    "an upload longer than announced": (
        "UPDATE documents_resumableupload SET size_bytes = 4 WHERE document_id IS NULL",
        {"upload_within_length"},
    ),
    "an upload beside its document": (  # no commit here, which would have removed it
        "UPDATE documents_document SET created_at = created_at - interval '1 hour'",
        {"upload_or_document"},
    ),
    "a preset that no schema takes": (
        "UPDATE documents_preset SET config = '{\"opacity\": 7}' WHERE is_default",
        {"preset_usable"},
    ),
    "a preset of an asset that is not there": (
        "UPDATE documents_preset SET config ="
        " jsonb_build_object('layers', jsonb_build_array("
        "jsonb_build_object('watermark_text', 'x', 'font_family', id::text))) WHERE is_default",
        {"preset_has_assets"},
    ),
    "a job whose asset has lost its bytes": (
        "UPDATE documents_asset SET blob_id = NULL, deleted_at = now()",
        {"job_has_assets", "blob_has_owner"},
    ),
    "an asset whose bytes stay": (
        "WITH forgotten AS (UPDATE documents_job SET asset_ids = '{}')"
        " UPDATE documents_asset SET deleted_at = now() - interval '2 days'",
        {"asset_bytes"},
    ),
    "two default presets": (
        "UPDATE documents_preset SET is_default = true",
        {"preset_told_apart"},
    ),
    "an event of which one was not told": (
        "UPDATE accounts_outboxevent SET deliveries = deliveries + 1 WHERE type = 'webhook.test'",
        {"event_deliveries"},
    ),
    "an attempt that nobody wrote down": (
        "DELETE FROM accounts_webhookattempt",
        {"delivery_attempts"},
    ),
    "a delivery that nobody makes": (
        "UPDATE accounts_webhookdelivery SET lease_token = gen_random_uuid(),"
        " lease_until = now() - interval '2 hours' WHERE state = 'pending'",
        {"delivery_not_stuck"},
    ),
    "an invoice that was written over": (
        "UPDATE billing_invoice SET net = net + 1, total = total + 1 WHERE kind = 'invoice'",
        {"invoice_totals"},
    ),
    "an invoice that is gone": (
        "WITH gone AS (DELETE FROM billing_invoiceline line USING billing_invoice invoice"
        " WHERE invoice.id = line.invoice_id AND invoice.kind = 'credit_note')"
        " DELETE FROM billing_invoice WHERE kind = 'credit_note'",
        {"invoice_numbers"},
    ),
    "an invoice that was issued twice": (
        "INSERT INTO billing_invoice SELECT (jsonb_populate_record(invoice, jsonb_build_object("
        "'id', gen_random_uuid()))).* FROM billing_invoice invoice WHERE kind = 'invoice'",
        {"invoice_once_a_turn", "invoice_numbers", "invoice_totals", "invoice_told"},
    ),
    "pages billed that nobody used": (
        "UPDATE billing_quota SET billed = 7",
        {"invoice_pages_are_ledger"},
    ),
    "a term that was billed nowhere": (
        "UPDATE billing_term SET price = price + 1",
        {"invoice_terms"},
    ),
    "more taken back than was charged": (
        "WITH lines AS (UPDATE billing_invoiceline SET amount = amount * 9 WHERE amount < 0)"
        " UPDATE billing_invoice SET net = net * 9, tax = tax * 9, total = total * 9"
        " WHERE kind = 'credit_note'",
        {"credit_within_invoice"},
    ),
    "an invoice that is mailed to nobody": (
        "DELETE FROM billing_invoicemail",
        {"invoice_told"},
    ),
    "a month that nobody has closed": (
        "UPDATE billing_quota SET starts_at = starts_at - interval '3 months',"
        " ends_at = starts_at - interval '2 months'",
        {"period_closed_in_time", "quota_months_apart"},
    ),
    "two memberships of one": (
        "INSERT INTO accounts_membership (tenant_id, user_id, role, created_at)"
        " SELECT tenant_id, user_id, role, created_at FROM accounts_membership",
        {"one_of_each"},
    ),
}


def test_all_hold_of_what_the_services_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "LEFT_BEHIND", blobs.LEFT_BEHIND * 0)
    assert broken(Look(read_bytes=True)) == {}


def test_each_fault_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "LEFT_BEHIND", blobs.LEFT_BEHIND * 0)  # nobody can set a blob's age
    named = {}
    with no_constraints():
        for fault, (sql, names) in SPOILERS.items():
            with changed(sql):
                found = broken()
            named[fault] = set(found)
            assert all(breach.detail and ":" in breach.subject for breach in found[min(names)])
    assert named == {fault: names for fault, (_, names) in SPOILERS.items()}
    assert broken() == {}


def test_every_query_has_a_fault_that_it_names() -> None:
    seen = {name for _, names in SPOILERS.values() for name in names}
    # Below; accounts/tests/test_audit.py; test_invariant_branches.py; test_batch_invariants.py.
    apart = {"usage_by_own_key", "audit_chain", "audit_guarded", "forgotten_in_time"}
    apart |= {"issued_guarded"}  # billing/tests/test_invoices.py
    apart |= {"batch_counters", "batch_end", "batch_jobs", "batch_told"}
    assert {invariant.name for invariant in known_invariants()} - seen - apart == set()
    assert all(invariant.description.endswith(".") for invariant in known_invariants())


def test_a_key_of_another_tenant_is_found_in_the_ledger(owner: Person, stranger: Person) -> None:
    key, _ = make_api_key(stranger.tenant)
    sql = f"UPDATE billing_usagerecord SET api_key_id = '{key.pk}'"  # noqa: S608
    with spoilt(f"{sql} WHERE tenant_id = '{owner.tenant.pk}'"):
        assert set(broken()) == {"usage_by_own_key", "usage_days_are_ledger"}


def test_foreign_keys_of_all_tables_are_looked_at(owner: Person, stranger: Person) -> None:
    key, _ = make_api_key(stranger.tenant)
    job = Job.objects.filter(tenant=owner.tenant)[0]
    with spoilt(f"UPDATE documents_job SET api_key_id = '{key.pk}' WHERE id = '{job.pk}'"):  # noqa: S608
        (breach,) = broken()["tenants_agree"]
    assert breach.subject == f"documents_job:{job.pk}"
    assert str(key.pk) in breach.detail and str(stranger.tenant.pk) in breach.detail


def test_the_outbox_is_what_the_queries_read() -> None:
    """The queries name types as text; these are the ones that the services write."""
    assert set(OutboxEvent.objects.values_list("type", flat=True)) == {
        *("job.queued", "job.succeeded", "job.failed", "job.cancelled"),
        *("document.created", "document.deleted", "webhook.test", "invoice.issued"),
    }
