"""Every way in which an invariant can be broken is planted once, and found with what it is.

Beside test_invariants.py, which plants one fault at least for each invariant.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.invariants import Pair, tenanted_foreign_keys
from accounts.models import (
    AttemptCounter,
    KeptOutcome,
    MarketplaceAccount,
    PendingSignup,
    SocketTicket,
)
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_notification, make_tokens
from accounts.tests.test_audit import unguarded
from billing.models import UsageDay, UsageRecord
from billing.tests.factories import furnish_billing
from config.tests.walls import by_owner
from documents.models import Document, Job
from documents.services.batch_items import add_document
from documents.services.batches import open_batch
from documents.tests.factories import make_spec
from documents.tests.lived_in import world  # noqa: F401 - a fixture
from documents.tests.spoiling import broken, changed, no_constraints

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir", "queue", "world")]

# By invariant: each branch of its query, and what is said of it.
FAULTS = {
    "job_start_told": {
        "INSERT INTO accounts_outboxevent (tenant_id, type, subject, payload, request_id,"
        " created_at) SELECT tenant_id, type, subject, payload, '', created_at"
        " FROM accounts_outboxevent WHERE type = 'job.queued'": "2 events",
        "DELETE FROM accounts_outboxevent WHERE type = 'job.queued'": "0 events",
    },
    "job_output_once": {
        "UPDATE documents_job SET result_purged_at = now() WHERE result_id IS NOT NULL": "purged 2",
        "UPDATE documents_job SET result_purged_at = now() WHERE state = 'failed'": "failed, copy",
    },
    "job_usage": {
        "UPDATE billing_usagerecord SET quantity = 7 WHERE metric = 'pages'": '"pages": 7',
        "UPDATE billing_usagerecord SET quantity = 2 WHERE metric = 'documents'": '"documents": 2',
        "DELETE FROM billing_usagerecord WHERE metric = 'bytes'": '{"pages": 2, "documents": 1}',
        "DELETE FROM billing_usagerecord": "counted nothing",
    },
    "job_lease": {
        "UPDATE documents_job SET lease_token = NULL, lease_until = NULL"
        " WHERE state = 'running'": "until never",
        "UPDATE documents_job SET lease_until = NULL WHERE state = 'running'": "until never",
        "UPDATE documents_job SET lease_until = now() WHERE state = 'queued'": "queued, attempt",
    },
    "job_not_stuck": {
        "UPDATE documents_job SET started_at = NULL WHERE state = 'running'": "started never",
        "UPDATE documents_job SET finished_at = NULL WHERE state = 'succeeded'": "finished never",
        "UPDATE documents_job SET finished_at = now() WHERE state = 'queued'": "finished 2",
        "UPDATE documents_job SET error_code = 'odd' WHERE state = 'succeeded'": " odd",
        "UPDATE documents_job SET state = 'lost' WHERE state = 'cancelled'": "lost since",
    },
    "job_events_of_jobs": {
        "UPDATE accounts_outboxevent SET subject = 'job:gone' WHERE type = 'job.queued'": "no such",
    },
    "document_events_of_documents": {
        "UPDATE accounts_outboxevent SET subject = 'document:gone'"
        " WHERE type = 'document.created'": "no such document",
    },
    "document_told": {
        "UPDATE accounts_outboxevent SET type = 'document.deleted'"
        " WHERE type = 'document.created'": "told: document.deleted",
    },
    "deleted_is_gone": {
        "UPDATE documents_document SET deleted_at = now() - interval '2 days'"
        " WHERE blob_id IS NOT NULL": "deleted 2",
    },
    "job_has_assets": {
        "UPDATE documents_job SET asset_ids = ARRAY[id] WHERE state = 'queued'": "is not there",
        "UPDATE documents_asset SET blob_id = NULL": "has no bytes",
    },
    "asset_bytes": {
        "UPDATE documents_asset SET blob_id = NULL": "deleted never, bytes gone",
    },
    "preset_told_apart": {
        "UPDATE documents_preset SET name = 'The same'": "2 presets called the same",
    },
    "one_of_each": {
        "UPDATE accounts_apikey SET lookup = 'the same'": "lookup of 4 keys",
    },
    "forgotten_in_time": {
        "UPDATE accounts_keptoutcome SET expires_at = now() - interval '2 days'": "was to go",
        "UPDATE accounts_socketticket SET expires_at = now() - interval '2 days'": "was to go",
        "UPDATE accounts_tokengrant SET expires_at = now() - interval '3 days'": "was to go",
        "UPDATE accounts_tokengrant SET revoked_at = now() - interval '3 days'": "was to go",
        "UPDATE accounts_pendingsignup SET expires_at = now() - interval '2 days'": "was to go",
        "UPDATE accounts_attemptcounter SET resets_at = now() - interval '2 days'": "was to go",
    },
    "event_deliveries": {
        "UPDATE accounts_webhookdelivery SET event_type = 'a.b'"
        " WHERE state = 'pending'": "of type a.b",
        "UPDATE accounts_outboxevent SET deliveries = NULL"
        " WHERE type = 'webhook.test'": "made: 0, there are: 1",
    },
    "delivery_attempts": {
        "UPDATE accounts_webhookdelivery SET state = 'pending', finished_at = NULL"
        " WHERE state = 'delivered'": "pending, attempts counted: 1, there are: 1, taken by: 1",
        "UPDATE accounts_webhookattempt SET status = 500": "delivered, attempts counted: 1",
        "UPDATE accounts_webhookattempt SET number = 2": "taken by: 2",
        "UPDATE accounts_webhookdelivery SET state = 'delivered', finished_at = now()"
        " WHERE state = 'exhausted'": "taken by: none",
    },
    "delivery_not_stuck": {
        "UPDATE accounts_webhookendpoint SET disabled_at = now() - interval '1 day'": "off since 2",
    },
}
CASES = [(name, sql, said) for name, faults in FAULTS.items() for sql, said in faults.items()]


@pytest.fixture(autouse=True)
def furnished(world: dict[str, Job], owner: Person, stranger: Person) -> None:  # noqa: F811
    """What the world lacks: rows that point to keys and other jobs, and rows that pass by."""
    soon = timezone.now() + timedelta(minutes=1)
    for person in (owner, stranger):
        key, _ = make_api_key(person.tenant)
        Job.objects.filter(tenant=person.tenant).update(api_key=key)
        Document.objects.filter(tenant=person.tenant).update(api_key=key)
        first, second, *_ = Job.objects.filter(tenant=person.tenant, state="queued") | (
            Job.objects.filter(tenant=person.tenant, state="cancelled")
        )
        Job.objects.filter(pk=first.pk).update(retry_of=second)
        UsageRecord.objects.filter(tenant=person.tenant).update(api_key_id=key.pk)
        MarketplaceAccount.objects.create(
            user_name=str(person.tenant.pk), tenant=person.tenant, api_key=key
        )
        UsageDay.objects.filter(tenant=person.tenant).update(api_key_id=key.pk)
        furnish_billing(person.tenant)
        make_tokens(person.user)
        make_notification(person.user)
        batch = open_batch(principal=person.principal, spec=make_spec())
        add_document(principal=person.principal, batch_id=batch.pk, document_id=first.document_id)
        KeptOutcome.objects.create(
            tenant=person.tenant,
            lookup=os.urandom(32),
            fingerprint=os.urandom(32),
            sealed=b"sealed",
            expires_at=soon,
        )
    SocketTicket.objects.create(digest="d" * 64, api_key_id=key.pk, expires_at=soon)
    PendingSignup.objects.create(
        digest="p" * 64, email="new@example.org", name="New", password="x", expires_at=soon
    )
    AttemptCounter.objects.create(key="k" * 64, attempts=1, resets_at=soon)
    assert broken() == {}


def test_each_branch_finds_its_fault() -> None:
    """In one test: making the world takes longer than all the looks."""
    missed = {}
    with no_constraints():
        for name, sql, said in CASES:
            with changed(sql):
                found = [breach.detail for breach in broken().get(name, [])]
            if not any(said in detail for detail in found):
                missed[f"{name}: {sql}"] = found
    assert missed == {}
    assert broken() == {}


def test_a_reference_to_another_tenant_is_found_in_every_column() -> None:
    pairs = tenanted_foreign_keys()
    with no_constraints():
        unseen = [pair for pair in pairs if not _is_seen(pair)]
    assert unseen == []


def _is_seen(pair: Pair) -> bool:
    table, column, target = pair
    assert re.fullmatch(r"\w+ \w+ \w+", " ".join(pair))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.id, b.id FROM {table} a"  # noqa: S608
            f" JOIN {target} b ON b.tenant_id <> a.tenant_id LIMIT 1"
        )
        found = cursor.fetchone()
    assert found, f"The world has nothing in {table} or {target}: furnish it."
    with changed(f"UPDATE {table} SET {column} = '{found[1]}' WHERE id = '{found[0]}'"):  # noqa: S608
        breaches = broken().get("tenants_agree", [])
    return any(
        breach.subject == f"{table}:{found[0]}" and f"{column} {found[1]}" in breach.detail
        for breach in breaches
    )


def test_a_guard_of_the_audit_log_that_is_down_is_found() -> None:
    with unguarded():
        found = {str(breach) for breach in broken()["audit_guarded"]}
    for fault in ("audit_entry_chained", "audit_entry_append_only", "may UPDATE", "may DELETE"):
        assert any(fault in breach for breach in found), fault
    with unguarded(triggers="ENABLE"):
        found = {breach.subject.split(":")[0] for breach in broken()["audit_guarded"]}
    assert found == {"role"}
    with unguarded():
        by_owner("DROP TRIGGER audit_entry_append_only ON accounts_auditentry")
        gone = [each for each in broken()["audit_guarded"] if each.detail == "is gone"]
    assert [each.subject for each in gone] == ["trigger:audit_entry_append_only"]
