"""What of a workspace is exported, table by table, and why some tables are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Model

from accounts import models as accounts
from billing import models as billing
from documents import models as documents

MADE = ("id", "created_by_id", "api_key_id")


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
    accounts.RequestTally: "counts those",
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
