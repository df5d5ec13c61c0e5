"""Each invariant holds of what the services make, and is named when it is broken on purpose."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import OutboxEvent, User
from accounts.services.webhook_endpoints import send_test
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_webhook_endpoint
from accounts.webhooks.attempting import Outcome
from accounts.webhooks.sending import Sender
from billing.services.crediting import credit_invoice
from billing.tests.factories import make_invoice
from config import invariants
from config.invariants import Breach, Invariant, Look, by_query, known_invariants
from config.tests.walls import by_owner
from documents.invariants import blobs
from documents.models import Blob, Document, Job
from documents.processing.run import process
from documents.services.documents import create_document, delete_document, purge_deleted
from documents.services.jobs import cancel_job, submit_job
from documents.services.uploads import document_of_upload
from documents.storage import blob_store
from documents.tests.conftest import Queue
from documents.tests.factories import (
    make_asset,
    make_blob,
    make_document,
    make_job,
    make_pdf,
    make_preset,
    make_spec,
    make_upload,
)
from documents.tests.test_document_services import stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir", "queue", "world")]


@pytest.fixture
def world(owner: Person, stranger: Person, blob_dir: Path, queue: Queue) -> dict[str, Job]:
    """A bit of everything that can happen, through the doors that it happens through."""
    jobs = {}
    for person in (owner, stranger):
        whole = document_of(person, make_pdf(2))
        damaged = document_of(person, b"%PDF-1.7 and then nothing")
        jobs = {
            "succeeded": job_of(person, whole),
            "failed": job_of(person, damaged),
            "cancelled": job_of(person, whole),
            "running": job_of(person, whole),
            "queued": job_of(person, whole),
        }
        process(jobs["succeeded"].pk)
        process(jobs["failed"].pk)
        cancel_job(principal=person.principal, job=jobs["cancelled"])
        Job.objects.filter(pk=jobs["running"].pk).update(
            **{"state": "running", "attempt": 1, "started_at": transaction_time()},
            **{"lease_token": uuid4(), "lease_until": transaction_time(seconds=30)},
        )
        delete_document(principal=person.principal, document=document_of(person, make_pdf()))
        make_upload(person.tenant, content=b"%PDF-", size_bytes=5)
        whole = make_upload(person.tenant, content=make_pdf(), size_bytes=len(make_pdf()))
        document_of_upload(principal=person.principal, upload_id=whole.pk)
        make_preset(person.tenant, is_default=True)
        make_preset(person.tenant)
        credit_invoice(
            actor=User(is_staff=True), invoice=make_invoice(person.tenant), reason="x", net=4_321
        )
        asset = make_asset(person.tenant)
        Job.objects.filter(pk=jobs["queued"].pk).update(asset_ids=[asset.pk])
        told(person)
    assert purge_deleted() == 2
    assert {name: Job.objects.get(pk=job.pk).state for name, job in jobs.items()} == {
        name: name for name in jobs
    }
    return jobs


def told(person: Person) -> None:
    """Have deliveries of all kinds, of events that only tests send."""
    endpoint, _ = make_webhook_endpoint(person.tenant, event_types=["job.expired"])
    for outcome in ({"status": 200}, {"error": "timed_out"}):
        send_test(principal=person.principal, endpoint_id=endpoint.pk)
        Sender(Event(), make=lambda _, how=outcome: Outcome("x", 1, **how)).run_once()
    send_test(principal=person.principal, endpoint_id=endpoint.pk)


def document_of(person: Person, content: bytes) -> Document:
    return create_document(principal=person.principal, staged=stage(content))


def job_of(person: Person, document: Document) -> Job:
    return submit_job(principal=person.principal, document=document, spec=make_spec())


def transaction_time(seconds: int = 0) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp() + make_interval(secs => %s)", [seconds])
        return cursor.fetchone()[0]


def broken(look: Look | None = None) -> dict[str, list[Breach]]:
    findings = invariants.look_at_invariants(look=look)
    assert {finding.error for finding in findings} == {""}
    return {finding.name: finding.examples for finding in findings if finding.count}


CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint
    WHERE contype IN ('c', 'f', 'u') AND connamespace = 'public'::regnamespace
"""


INDEXES = """
    SELECT quote_ident(relname) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indisunique AND (indpred IS NOT NULL OR indexprs IS NOT NULL)
        AND relnamespace = 'public'::regnamespace
"""


@contextmanager
def spoilt(sql: str) -> Iterator[None]:
    """Break something past all constraints, as a fault in one of them would; undone afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(CONSTRAINTS)
        for table, name in cursor.fetchall():
            by_owner(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
        cursor.execute(INDEXES)
        for (name,) in cursor.fetchall():
            by_owner(f"DROP INDEX IF EXISTS {name}")
        for table in ("billing_invoice", "billing_invoiceline"):
            by_owner(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        for table in ("billing_invoice", "billing_invoiceline"):
            by_owner(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")
        yield
        transaction.set_rollback(True)


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
        "INSERT INTO billing_subscription (id, tenant_id, plan_id, interval, state, term_starts_at,"
        " next_interval, trial_used, version, created_at) SELECT gen_random_uuid(), id, 'free',"
        " 'monthly', 'active', now(), '', false, 0, now() FROM accounts_tenant",
        {"limits_are_the_plans"},
    ),
    "a key's cap that counts what nobody used": (
        "INSERT INTO billing_keybudget (id, tenant_id, api_key_id, cap, quota_id, pages,"
        " created_at) SELECT gen_random_uuid(), tenant_id, gen_random_uuid(), 1, id, 5, now()"
        " FROM billing_quota",
        {"key_budget_is_ledger"},
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
    for fault, (sql, names) in SPOILERS.items():
        with spoilt(sql):
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


class TestBytes:
    def copy_of(self, owner: Person) -> Path:
        job = Job.objects.get(tenant=owner.tenant, state="succeeded")
        assert job.result_id
        return blob_store().path(job.result_id)  # type: ignore[attr-defined] # the local store

    def test_changed_ones_are_seen_when_they_are_read(self, owner: Person) -> None:
        path = self.copy_of(owner)
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"!")
        assert broken() == {}
        (breach,) = broken(Look(read_bytes=True))["blob_has_bytes"]
        assert "SHA-256" in breach.detail
        os.truncate(path, len(whole) - 1)
        (breach,) = broken()["blob_has_bytes"]
        assert f"{len(whole) - 1} bytes are stored" in breach.detail

    def test_lost_ones_are_seen(self, owner: Person) -> None:
        self.copy_of(owner).unlink()
        (breach,) = broken()["blob_has_bytes"]
        assert breach.detail == "no bytes are stored"

    def test_young_ones_without_a_row_may_be_on_their_way(self, owner: Person) -> None:
        Blob.objects.filter(pk=make_blob(owner.tenant, b"x").pk).delete()
        assert broken() == {}


class TestCommand:
    def run(self, *arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        try:
            call_command("check_invariants", *arguments, stdout=out)
        except SystemExit as end:
            return int(str(end.code)), out.getvalue()
        return 0, out.getvalue()

    def test_says_that_all_hold(self) -> None:
        status, text = self.run("--read-bytes")
        assert status == 0
        assert text.endswith(f"{len(known_invariants())} invariants, 0 broken, 0 not checked\n")

    def test_names_what_is_broken_and_ends_with_1(self) -> None:
        sql, _ = SPOILERS["a lease that nobody ended"]
        with spoilt(sql):
            status, text = self.run()
            assert (status, text.count("broken    job_lease")) == (1, 1)
            assert "    job:" in text
            status, text = self.run("--json")
        answer = json.loads(text)
        assert (status, answer["held"]) == (1, False)
        (found,) = (each for each in answer["invariants"] if each["status"] == "broken")
        assert (found["name"], found["count"]) == ("job_lease", 2)
        assert found["examples"][0]["subject"].startswith("job:")

    def test_counts_all_and_shows_some(self, owner: Person) -> None:
        for _ in range(3):
            make_job(make_document(owner.tenant))  # past the services, so that nobody was told
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(invariants, "EXAMPLES", 2)
            _, text = self.run("job_start_told", "--json")
        (found,) = json.loads(text)["invariants"]
        assert (found["count"], len(found["examples"])) == (3, 2)

    def test_what_cannot_be_looked_at_is_said_and_hides_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def of_the_room() -> list[Invariant]:
            held = by_query("held", "Nothing.", "SELECT 1, 2 WHERE false")
            return [by_query("mistaken", "A mistake.", "SELECT nonsense"), held]

        monkeypatch.setattr(invariants, "known_invariants", of_the_room)
        status, text = self.run()
        assert status == 2
        assert "unchecked mistaken" in text and "held      held" in text

    def test_unknown_names_are_mistakes(self) -> None:
        with pytest.raises(CommandError, match="no_such"):
            self.run("no_such")

    def test_lists_what_there_is(self) -> None:
        _, text = self.run("--list")
        assert "FROM documents_job" in text
        assert all(invariant.name in text for invariant in known_invariants())


def test_two_of_one_name_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    from documents import invariants as room

    monkeypatch.setattr(room, "INVARIANTS", [*room.INVARIANTS, room.INVARIANTS[0]])
    with pytest.raises(ValueError, match="same name"):
        known_invariants()


def test_the_outbox_is_what_the_queries_read() -> None:
    """The queries name types as text; these are the ones that the services write."""
    assert set(OutboxEvent.objects.values_list("type", flat=True)) == {
        *("job.queued", "job.succeeded", "job.failed", "job.cancelled"),
        *("document.created", "document.deleted", "webhook.test"),
    }
