"""All that a workspace's rows say, as one ZIP of CSV files for its owner to keep or to take along.

Made table by table while it is sent: of each its rows are read once, into a file without a name, so
that neither memory nor a connection waits for a slow client. Secrets are in no file, nor are the
documents' bytes: ``documents.csv`` says where to fetch them.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import models as accounts
from accounts.models import AuditAction, Role, Tenant
from accounts.services.audit import record
from billing import models as billing
from config.csv_cells import csv_text
from config.database.reach import only_tenant
from config.errors import Forbidden
from documents import models as documents

if TYPE_CHECKING:
    from accounts.principal import Principal

ROWS_AT_ONCE = 2000
READ_BYTES = 256 * 1024
MADE = ("id", "created_by_id", "api_key_id")
README = """What the workspace "{name}" consisted of on {at} (UTC).

workspace.json has its settings; each other file has the rows of one kind, as CSV (RFC 4180, UTF-8),
ids as they are in the API, moments in UTC, amounts in the smallest unit of their currency. A cell
that a spreadsheet would take for a formula begins with an apostrophe.

Not here: passwords and secrets of keys and webhooks, which nobody can read; and the documents' own
bytes, which /api/v1/documents/<id>/download/ has, and /api/v1/jobs/<id>/result/ of marked copies.
"""


class OwnersOnly(Forbidden):
    """Whoever administers a workspace still does not own it."""

    code = "owners_only"
    message = "Only an owner may do this, signed in to the pages."


@dataclass(frozen=True, slots=True)
class Table:
    """One file: rows of ``model`` with these ``fields``."""

    model: type[Model]
    fields: Sequence[str]


TABLES: Mapping[str, Table] = {
    "members": Table(
        accounts.Membership, ("user_id", "user__email", "user__name", "role", "created_at")
    ),
    "invitations": Table(
        accounts.Invitation,
        ("id", "email", "name", "role", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    "api-keys": Table(
        accounts.APIKey,
        (
            *("id", "name", "environment", "lookup", "scopes", "allowed_networks"),
            *("created_by_id", "created_at", "last_used_at", "expires_at", "revoked_at"),
        ),
    ),
    "webhook-endpoints": Table(
        accounts.WebhookEndpoint,
        (
            *("id", "url", "description", "event_types", "header_name", "disabled_at"),
            *("disabled_reason", "created_at", "deleted_at"),
        ),
    ),
    "webhook-deliveries": Table(
        accounts.WebhookDelivery,
        (
            *("id", "endpoint_id", "event_id", "event_type", "cause", "state", "attempt_count"),
            *("last_status", "last_error", "created_at", "finished_at"),
        ),
    ),
    "events": Table(
        accounts.OutboxEvent, ("public_id", "type", "subject", "payload", "created_at")
    ),
    "audit-log": Table(
        accounts.AuditEntry,
        (
            *("seq", "created_at", "action", "actor", "subject", "details", "address"),
            *("user_agent", "request_id"),
        ),
    ),
    "support-sessions": Table(
        accounts.SupportSession, ("id", "reason", "may_change", "began_at", "ended_at", "ending")
    ),
    "documents": Table(
        documents.Document,
        (
            *(*MADE, "title", "file_name", "format", "content_type", "page_count"),
            *("blob__size_bytes", "blob__sha256", "created_at", "deleted_at"),
        ),
    ),
    "jobs": Table(
        documents.Job,
        (
            *(*MADE, "document_id", "batch_id", "spec", "output_format", "state", "attempt"),
            *("pages", "warnings", "error_code", "error_message", "retry_of_id"),
            *("result__size_bytes", "result__sha256", "created_at", "started_at"),
            *("finished_at", "expires_at"),
        ),
    ),
    "batches": Table(
        documents.Batch,
        (
            *(*MADE, "title", "spec", "state", "total", "succeeded", "failed", "cancelled"),
            *("expired", "created_at", "started_at", "finished_at"),
        ),
    ),
    "batch-items": Table(
        documents.BatchItem,
        (
            *("id", "batch_id", "position", "client_ref", "file_name", "document_id", "job_id"),
            *("error_code", "error_message", "created_at"),
        ),
    ),
    "presets": Table(
        documents.Preset, ("id", "name", "config", "is_default", "created_by_id", "created_at")
    ),
    "assets": Table(
        documents.Asset,
        (*MADE, "name", "file_name", "kind", "format", "font_name", "created_at", "deleted_at"),
    ),
    "usage-ledger": Table(
        billing.UsageRecord,
        (
            *("id", "occurred_at", "metric", "quantity", "operation", "source", "user_id"),
            *("api_key_id", "note"),
        ),
    ),
    "usage-days": Table(
        billing.UsageDay,
        ("day", "operation", "api_key_id", "user_id", "documents", "pages", "bytes"),
    ),
    "subscription": Table(
        billing.Subscription,
        ("plan__code", "interval", "state", "term_starts_at", "term_ends_at", "created_at"),
    ),
    "invoices": Table(
        billing.Invoice,
        (
            *("id", "kind", "series", "year", "sequence", "currency", "net", "tax_name"),
            *("tax_rate", "tax", "total", "buyer", "reason", "due_on", "created_at"),
        ),
    ),
    "invoice-lines": Table(
        billing.InvoiceLine,
        ("invoice_id", "position", "kind", "text", "quantity", "unit_price", "amount"),
    ),
    "payments": Table(
        billing.Payment, ("id", "invoice_id", "number", "currency", "amount", "paid_on")
    ),
    "billing-details": Table(billing.BillingDetails, ("name", "address", "tax_id", "email")),
}
# What is of the moment, of one person, or how the service itself works.
LEFT_OUT: Mapping[type[Model], str] = {
    accounts.KeptOutcome: "answers to repeated requests, sealed, for a day",
    accounts.Notification: "each member's own (their profile's file has them)",
    accounts.NotificationChoice: "each member's own",
    accounts.TokenGrant: "each member's own",
    accounts.LoggedRequest: "a help for people, kept for some days",
    accounts.MarketplaceAccount: "RapidAPI's customers have no owner who signs in",
    accounts.WebhookAttempt: "the log of sending, kept for 30 days",
    billing.Quota: "sums of the ledger",
    billing.Reservation: "of work under way",
    billing.Term: "in the invoices",
    billing.InvoiceMail: "of sending",
    billing.KeyBudget: "a cap and its sum",
    billing.LimitOverride: "support's own notes",
    billing.MeterReport: "of the payment provider",
    billing.ProviderAccount: "of the payment provider",
    billing.UsageAlert: "sums of the ledger",
    documents.Blob: "in the documents and jobs",
    documents.ResumableUpload: "of uploads under way",
}
SETTINGS = ("id", "name", "slug", "created_at", "retention_days", "default_watermark")


def export_workspace(*, principal: Principal) -> Iterator[bytes]:
    """Return the ZIP's bytes as they are made; written down before the first. Raises OwnersOnly."""
    if principal.role != Role.OWNER or not principal.is_ambient or principal.support is not None:
        raise OwnersOnly
    with transaction.atomic():
        record(
            tenant_id=principal.tenant_id,
            actor=principal,
            action=AuditAction.TENANT_EXPORTED,
            subject=f"tenant:{principal.tenant_id}",
        )
    return _archive(principal.tenant_id)


def _archive(tenant_id: UUID) -> Iterator[bytes]:
    at = timezone.now()
    with tempfile.TemporaryFile() as kept:
        sink = _Sink(kept)
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload] # it only writes
            for name, pieces in _files(tenant_id, f"{at:%Y-%m-%d %H:%M:%S}"):
                entry = zipfile.ZipInfo(name, at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as file:
                    for piece in pieces:
                        file.write(piece.encode())
                yield from sink.drained()
        yield from sink.drained()


def _files(tenant_id: UUID, at: str) -> Iterator[tuple[str, Iterable[str]]]:
    with only_tenant(tenant_id):
        tenant = Tenant.objects.values(*SETTINGS).get(pk=tenant_id)
    yield "README.txt", [README.format(name=tenant["name"], at=at)]
    yield "workspace.json", [json.dumps(tenant, default=str, ensure_ascii=False, indent=2)]
    for name, table in TABLES.items():
        yield f"{name}.csv", _csv(table, tenant_id)


def _csv(table: Table, tenant_id: UUID) -> Iterator[str]:
    """Yield a table's file; whoever asks reads all of it at once, before anything is sent."""
    yield csv_text(table.fields, ())
    rows = table.model._default_manager.filter(tenant_id=tenant_id).order_by("pk")
    # A cursor in the database: the rows are never all in memory.
    with only_tenant(tenant_id), transaction.atomic():
        for row in rows.values_list(*table.fields).iterator(chunk_size=ROWS_AT_ONCE):
            yield csv_text(None, [map(_cell, row)])


def _cell(value: Any) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if hasattr(value, "isoformat") else value


class _Sink:
    """Takes what a ZipFile writes, which cannot go back in it, and gives it away in order."""

    def __init__(self, kept: IO[bytes]) -> None:
        self._kept = kept

    def write(self, data: bytes) -> int:
        """Keep more."""
        return self._kept.write(data)

    def flush(self) -> None:
        """Do nothing: what is kept is read where it is written."""

    def drained(self) -> Iterator[bytes]:
        """Yield what is kept, and keep it no longer."""
        self._kept.seek(0)
        while block := self._kept.read(READ_BYTES):
            yield block
        self._kept.seek(0, io.SEEK_SET)
        self._kept.truncate()
