"""The database itself refuses rows that point to another tenant's, past all our code."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models

from accounts.models import Tenant
from accounts.tests.factories import make_api_key, make_tenant
from billing.models import Invoice, InvoiceMail
from billing.tests.factories import make_invoice, make_reservation, make_usage
from documents.models import Document, Job
from documents.tests.factories import make_blob, make_document, make_job, make_upload

FOREIGN = {
    "reservation.quota": lambda ours, theirs: point(
        make_reservation(ours), quota=make_reservation(theirs).quota
    ),
    "usagerecord.quota": lambda ours, theirs: point(
        make_usage(ours), quota=make_reservation(theirs).quota
    ),
    "invoicemail.invoice": lambda ours, theirs: point(
        InvoiceMail.objects.get(invoice=make_invoice(ours)), invoice=unmailed_invoice(theirs)
    ),
    "document.blob": lambda ours, theirs: point(
        make_document(ours), blob=make_blob(theirs, b"%PDF-")
    ),
    "document.api_key": lambda ours, theirs: point(
        make_document(ours), api_key=make_api_key(theirs)[0]
    ),
    "resumableupload.document": lambda ours, theirs: point(
        make_upload(ours), document=make_document(theirs)
    ),
    "resumableupload.api_key": lambda ours, theirs: point(
        make_upload(ours), api_key=make_api_key(theirs)[0]
    ),
    "job.document": lambda ours, theirs: point(
        make_job(make_document(ours)), document=make_document(theirs)
    ),
    "job.result": lambda ours, theirs: point(
        make_job(make_document(ours), state="succeeded"), result=make_blob(theirs, b"%PDF-")
    ),
    "job.retry_of": lambda ours, theirs: point(
        make_job(make_document(ours)), retry_of=make_job(make_document(theirs))
    ),
    "job.api_key": lambda ours, theirs: point(
        make_job(make_document(ours)), api_key=make_api_key(theirs)[0]
    ),
}


def unmailed_invoice(tenant: Tenant) -> Invoice:
    """Return an invoice that another mail could name."""
    invoice = make_invoice(tenant)
    InvoiceMail.objects.filter(invoice=invoice).delete()
    return invoice


def point(row: models.Model, **reference: models.Model) -> None:
    """Write a reference past every check of the application, and let the commit's checks run."""
    type(row).objects.filter(pk=row.pk).update(**reference)
    connection.check_constraints()


def has_tenant(model: type[models.Model]) -> bool:
    return any(field.name == "tenant" for field in model._meta.concrete_fields)


def references() -> list[tuple[str, str, str]]:
    """Return (table, column, target's table) of what points from tenants' rows to tenants' rows."""
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in filter(has_tenant, apps.get_models())
        for field in model._meta.concrete_fields
        if field.is_relation and has_tenant(field.related_model)
    ]


def untied(table: str, column: str, target: str) -> bool:
    """Return whether no constraint ties ``(tenant_id, column)`` to ``(tenant_id, id)``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid = %s::regclass AND confrelid = %s::regclass",
            [table, target],
        )
        wanted = f"FOREIGN KEY (tenant_id, {column}) REFERENCES {target}(tenant_id, id)"
        return not any(row[0].startswith(wanted) for row in cursor.fetchall())


@pytest.mark.django_db
def test_every_reference_between_tenants_rows_is_tied_to_the_tenant():
    assert len(references()) >= len(FOREIGN)
    assert [each for each in references() if untied(*each)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("reference", FOREIGN)
def test_no_row_points_to_another_tenants(reference):
    with pytest.raises(IntegrityError, match=f"{reference.split('.')[1]}_id_same_tenant"):
        FOREIGN[reference](make_tenant(), make_tenant())


@pytest.mark.django_db
def test_no_row_changes_its_tenant_under_what_points_to_it():
    document = make_document()
    make_job(document)
    with pytest.raises(IntegrityError, match="same_tenant"):
        point(document, tenant=make_tenant())


@pytest.mark.django_db
def test_what_belongs_together_may_point_at_each_other_and_go():
    tenant = make_tenant()
    key, _ = make_api_key(tenant)
    document = make_document(tenant, api_key=key)
    first = make_job(document, state="failed")
    make_job(document, state="succeeded", retry_of=first, api_key=key)
    connection.check_constraints()

    key.delete()
    connection.check_constraints()

    assert Document.objects.get().api_key_id is None
    assert set(Job.objects.values_list("api_key_id", flat=True)) == {None}
