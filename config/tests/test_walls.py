"""The walls themselves: which tables have one, and who stands below them."""
# ruff: noqa: S608 - tables and columns of our own models

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models, transaction
from django.db.models.functions import Now

from accounts.models import (
    APIKey,
    AuditAction,
    AuditChain,
    AuditEntry,
    Invitation,
    KeptOutcome,
    LoggedRequest,
    MarketplaceAccount,
    Membership,
    Notification,
    NotificationChoice,
    OutboxEvent,
    RequestTally,
    SupportSession,
    Tenant,
    TokenGrant,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services.audit import record
from accounts.services.tokens import issue_tokens
from accounts.tests.factories import (
    make_api_key,
    make_delivery,
    make_invitation,
    make_logged_request,
    make_member,
    make_notification,
    make_support_session,
    make_tenant,
    make_webhook_endpoint,
)
from billing.models import (
    BillingDetails,
    Invoice,
    InvoiceLine,
    InvoiceMail,
    KeyBudget,
    LimitOverride,
    MeterReport,
    Payment,
    ProviderAccount,
    Quota,
    Reservation,
    Subscription,
    Term,
    UsageAlert,
    UsageDay,
    UsageRecord,
)
from billing.services.quota import reserve
from billing.services.usage import record_usage
from billing.tests.factories import furnish_billing
from config.checks import walls_bind_our_role
from config.database.operations import Wall
from config.database.owner import as_owner
from config.database.reach import all_tenants, no_tenant, only_tenant
from config.tests.walls import alter, walled_tables
from documents.models import Asset, Batch, BatchItem, Blob, Document, Job, Preset, ResumableUpload
from documents.tests.factories import (
    make_asset,
    make_batch,
    make_document,
    make_job,
    make_preset,
    make_upload,
)

pytestmark = pytest.mark.django_db
BY_ID = (Tenant, AuditChain)
OWNED = (
    *BY_ID,
    APIKey,
    AuditEntry,
    Invitation,
    MarketplaceAccount,
    Membership,
    TokenGrant,
    Notification,
    NotificationChoice,
    KeptOutcome,
    LoggedRequest,
    RequestTally,
    OutboxEvent,
    SupportSession,
    WebhookEndpoint,
    WebhookDelivery,
    WebhookAttempt,
    UsageRecord,
    Quota,
    Reservation,
    Asset,
    Batch,
    BatchItem,
    BillingDetails,
    Invoice,
    InvoiceLine,
    InvoiceMail,
    KeyBudget,
    LimitOverride,
    MeterReport,
    Payment,
    ProviderAccount,
    Subscription,
    Term,
    UsageAlert,
    UsageDay,
    Blob,
    Document,
    Job,
    Preset,
    ResumableUpload,
)
# People may belong to several tenants, and are found before it is known to which they come.
OF_PERSON = "a person, not a tenant"
OPERATORS = "the operator's, for staff only"
WITHOUT_WALL = {
    "accounts.User": OF_PERSON,
    "account.EmailAddress": OF_PERSON,
    "account.EmailConfirmation": OF_PERSON,
    "mfa.Authenticator": OF_PERSON,
    "sessions.Session": OF_PERSON,
    "usersessions.UserSession": OF_PERSON,
    "accounts.PendingSignup": "there is no tenant yet",
    "accounts.AttemptCounter": "counts before anybody is known",
    "accounts.SocketTicket": "found by a secret before anybody is known; lives for a minute",
    "admin.LogEntry": OPERATORS,
    "auth.Group": OPERATORS,
    "auth.Permission": OPERATORS,
    "billing.InvoiceCounter": "counts documents of all tenants: their numbers have no gap",
    "billing.Plan": OPERATORS,
    "billing.ProviderEvent": "kept before it is known whose it is; holds ids alone",
    "billing.ProviderPrice": OPERATORS,
    "contenttypes.ContentType": OPERATORS,
    "accounts.Pulse": OPERATORS,
    "documents.NightlyCheck": OPERATORS,
    "documents.StorageDay": OPERATORS,
}


def furnished_tenant() -> Tenant:
    """Return a tenant with one row in every walled table."""
    tenant = make_tenant()
    key, _ = make_api_key(tenant)
    MarketplaceAccount.objects.create(user_name=str(tenant.pk), tenant=tenant, api_key=key)
    member = make_member(tenant=tenant)
    issue_tokens(user=member, membership=member.memberships.get(), scopes=[])
    make_notification(member)
    make_job(make_document(tenant))
    make_upload(tenant)
    make_support_session(tenant)
    make_preset(tenant)
    make_batch(tenant)
    make_asset(tenant)
    OutboxEvent.objects.create(tenant=tenant, type="x.happened", subject=f"x:{tenant.pk}")
    delivery = make_delivery(make_webhook_endpoint(tenant)[0])
    WebhookAttempt.objects.create(
        tenant=tenant, delivery=delivery, number=1, url="x", error="timed_out", milliseconds=1
    )
    with transaction.atomic():
        record_usage(tenant_id=tenant.pk, source=str(tenant.pk), quantities={"pages": 1})
        reserve(tenant_id=tenant.pk, source=f"x:{tenant.pk}", documents=1, pages=1)
        record(tenant_id=tenant.pk, actor=None, action=AuditAction.TENANT_CREATED, subject="x:1")
    make_invitation(tenant)
    make_logged_request(tenant)
    furnish_billing(tenant)
    KeptOutcome.objects.create(
        tenant=tenant, lookup=b"x", fingerprint=b"x", sealed=b"x", expires_at=Now()
    )
    return tenant


def tenants_of(model: type[models.Model]) -> set[object]:
    """Return whose rows an unscoped query shows."""
    return set(
        model._default_manager.values_list("pk" if model in BY_ID else "tenant_id", flat=True)
    )


def has_tenant(model: type[models.Model]) -> bool:
    columns = {field.attname for field in model._meta.concrete_fields}
    return model in BY_ID or "tenant_id" in columns


def test_every_table_with_a_tenant_has_the_wall():
    assert set(OWNED) == {model for model in apps.get_models() if has_tenant(model)}
    assert {model._meta.db_table for model in OWNED} == walled_tables()


def test_every_other_table_says_why_it_has_none():
    others = {each._meta.label for each in apps.get_models() if not has_tenant(each)}
    assert others == WITHOUT_WALL.keys()


@pytest.mark.parametrize("model", OWNED)
def test_an_unscoped_query_sees_the_reach_and_no_more(model):
    ours, theirs = furnished_tenant(), furnished_tenant()

    with only_tenant(ours.pk):
        assert tenants_of(model) == {ours.pk}
    with no_tenant():
        assert tenants_of(model) == set()
    with all_tenants():
        assert tenants_of(model) >= {ours.pk, theirs.pk}


@pytest.mark.parametrize("model", OWNED)
def test_statements_of_our_own_find_nothing_out_of_reach(model):
    theirs, table = furnished_tenant(), model._meta.db_table
    column = "id" if model in BY_ID else "tenant_id"
    for reach in (no_tenant(), only_tenant(uuid4())):
        with reach:
            assert run(f"SELECT * FROM {table}") == 0
            for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
                assert refused(change) or run(change) == 0
    assert tenants_of(model) >= {theirs.pk}


@pytest.mark.parametrize("model", OWNED)
def test_statements_of_our_own_write_nothing_out_of_reach(model):
    ours, theirs = furnished_tenant(), furnished_tenant()
    table, column = model._meta.db_table, "id" if model in BY_ID else "tenant_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_json(t) FROM {table} t WHERE {column} = %s", [theirs.pk])
        row = cursor.fetchone()[0]
    with only_tenant(ours.pk):
        inserting = f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, %s)"
        assert refused(inserting, row if isinstance(row, str) else json.dumps(row))
        assert refused(f"UPDATE {table} SET {column} = %s", str(theirs.pk))


def run(statement: str, *given: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.rowcount


def refused(statement: str, *given: str) -> bool:
    """Whether the database says that this may not be done (and not that it is wrong)."""
    try:
        with transaction.atomic():
            run(statement, *given)
    except ProgrammingError as error:
        assert "row-level security" in str(error) or "permission denied" in str(error)
        return True
    return False


def test_neither_role_passes_through_walls(settings):
    names = [settings.DATABASES["default"]["USER"], settings.DATABASE_OWNER["USER"]]
    passing = "SELECT FROM pg_roles WHERE (rolsuper OR rolbypassrls OR rolcreaterole)"
    assert run(f"{passing} AND rolname IN (%s, %s)", *names) == 0
    assert len(set(names)) == 2


def test_the_applications_role_owns_nothing():
    owning = "SELECT relname FROM pg_class WHERE pg_has_role(current_user, relowner, 'USAGE')"
    assert run(f"{owning} AND relnamespace = 'public'::regnamespace") == 0


@pytest.fixture
def altered(transactional_db: None) -> Iterator[Callable[[str], None]]:
    """Return what alters the jobs' table as its owner; the wall is put up again afterwards."""
    yield lambda change: alter(["documents_job"], change)
    alter(["documents_job"], "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def jobs_for_owner() -> int:
    """Return how many jobs the owner of the table sees who reaches nobody."""
    with no_tenant(), as_owner():
        return Job.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_walled_as_well_while_it_is_forced(altered):
    make_job()
    assert jobs_for_owner() == 0

    altered("NO FORCE ROW LEVEL SECURITY")

    assert jobs_for_owner() == 1  # what the first line would have found
    assert "documents_job" not in walled_tables()


@pytest.mark.django_db(transaction=True)
def test_the_wall_is_what_hides_foreign_rows(altered):
    theirs = make_job()
    with only_tenant(make_tenant().pk):
        assert not Job.objects.filter(pk=theirs.pk).exists()
        altered("DISABLE ROW LEVEL SECURITY")
        assert Job.objects.filter(pk=theirs.pk).exists()
    assert "documents_job" not in walled_tables()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE documents_job NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE documents_job DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_wall ON documents_job",
        "ALTER TABLE documents_job OWNER TO CURRENT_USER",
    ],
)
def test_the_applications_role_cannot_take_a_wall_down(statement):
    with (
        pytest.raises(ProgrammingError, match="must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_applications_role_stands_below_the_walls():
    assert walls_bind_our_role(None, databases=["default"]) == []


def test_who_stands_above_the_walls_is_told(settings, monkeypatch):
    owner = settings.DATABASE_OWNER["USER"]
    for role, code in ((owner, "countermark.W002"), ("postgres", "countermark.E005")):
        monkeypatch.setitem(settings.DATABASES["default"], "USER", role)
        assert [each.id for each in walls_bind_our_role(None, databases=["default"])] == [code]


def test_a_wall_can_be_taken_down_again():
    assert Wall("t").reversible
    assert Wall("t", "id").deconstruct() == ("Wall", ("t", "id"), {})
