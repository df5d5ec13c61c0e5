"""What the sweep cannot read from the document: how to make what an id names."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import (
    AuditAction,
    AuditEntry,
    KeptOutcome,
    MarketplaceAccount,
    Membership,
    OutboxEvent,
    SocketTicket,
    Tenant,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.tests.factories import (
    make_api_key,
    make_attempt,
    make_delivery,
    make_event,
    make_invitation,
    make_logged_request,
    make_member,
    make_notification,
    make_support_session,
    make_tokens,
    make_webhook_endpoint,
)
from billing.services.usage import record_usage
from billing.tests.factories import furnish_billing, make_invoice, make_reservation
from documents.models import Blob, Job
from documents.tests.factories import (
    make_asset,
    make_batch,
    make_document,
    make_job,
    make_pdf,
    make_preset,
    make_upload,
)
from documents.tests.isolation.places import Operation, Place

Maker = Callable[[Tenant], UUID | str]


def marked_document(tenant: Tenant) -> UUID:
    """Make a document that has a job, so that a filter by it could find something."""
    document = make_document(tenant, title=f"Secret of {tenant.name}")
    make_job(document, state="succeeded")
    return document.id


def ended_job(tenant: Tenant) -> UUID:
    """Make a job whose copy is there."""
    return make_job(make_document(tenant), state="succeeded").id


def waiting_job(tenant: Tenant) -> UUID:
    """Make a job that can still be cancelled."""
    return make_job(make_document(tenant)).id


def failed_job(tenant: Tenant) -> UUID:
    """Make a job that may be tried again."""
    return make_job(make_document(tenant), state="failed", error_retryable=True).id


def open_upload(tenant: Tenant) -> UUID:
    """Make a resumable upload of which nothing has arrived."""
    return make_upload(tenant, file_name=f"{tenant.name} sends this.pdf", size_bytes=76_543).id


def finished_upload(tenant: Tenant) -> UUID:
    """Make one that can become a document."""
    content = make_pdf(3)
    return make_upload(tenant, content=content, size_bytes=len(content)).id


def named_preset(tenant: Tenant) -> UUID:
    """Make a preset that says whose it is."""
    return make_preset(
        tenant,
        name=f"Preset {os.urandom(4).hex()} of {tenant.name}",
        config={"watermark_text": f"Says {tenant.name}"},
    ).id


def named_asset(tenant: Tenant) -> UUID:
    """Make a picture that says whose it is."""
    return make_asset(tenant, name=f"Logo of {tenant.name}", file_name=f"{tenant.slug}.png").id


def webhook_endpoint(tenant: Tenant) -> WebhookEndpoint:
    """Make an endpoint whose address tells whose it is."""
    url = f"https://{tenant.slug}.example/hook"
    return make_webhook_endpoint(tenant, url=url, header=("X-Own", tenant.slug))[0]


def webhook_delivery(tenant: Tenant) -> UUID:
    """Make a delivery that has failed."""
    delivery = make_delivery(webhook_endpoint(tenant))
    make_attempt(delivery)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state="exhausted", last_error="refused", finished_at=timezone.now()
    )
    return delivery.id


def disabled_endpoint(tenant: Tenant) -> UUID:
    """Make an endpoint that can be turned on."""
    endpoint = webhook_endpoint(tenant)
    off = {"disabled_at": timezone.now(), "disabled_reason": "failing"}
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**off)
    return endpoint.id


def ended_batch(tenant: Tenant) -> UUID:
    """Make a batch whose archive can be downloaded."""
    return make_batch(tenant, state="completed", title=f"Batch of {tenant.name}").id


def batch_in(state: str) -> Maker:
    """Return who makes a batch in ``state``."""
    return lambda tenant: make_batch(tenant, state=state).id


# By the name of the parameter or field; of a list by the name in the singular.
OBJECTS: dict[str, Maker] = {
    "document_id": marked_document,
    "job_id": ended_job,
    "batch_id": ended_batch,
    "upload_id": open_upload,
    "preset_id": named_preset,
    "asset_id": named_asset,
    "api_key_id": lambda tenant: make_api_key(tenant, name=f"Key of {tenant.name}")[0].id,
    "user_id": lambda tenant: make_member(tenant=tenant).pk,
    "invitation_id": lambda tenant: make_invitation(tenant)[0].pk,
    "endpoint_id": lambda tenant: webhook_endpoint(tenant).id,
    "delivery_id": webhook_delivery,
    "event_id": lambda tenant: make_event(tenant, payload={"of": tenant.name}).public_id,
    "invoice_id": lambda tenant: make_invoice(tenant).pk,
    "tenant": lambda tenant: tenant.id,
    "client_id": lambda tenant: tenant.slug,  # of a client's own making: not read
}
# Where an operation asks for more than that the object is there: by operation and name.
OBJECTS_FOR: dict[tuple[str, str], Maker] = {
    ("cancelJob", "job_id"): waiting_job,
    ("retryJob", "job_id"): failed_job,
    ("addBatchItem", "batch_id"): batch_in("open"),
    ("startBatch", "batch_id"): batch_in("open"),
    ("cancelBatch", "batch_id"): batch_in("running"),
    ("retryFailedItems", "batch_id"): batch_in("failed"),
    ("uploadDocument", "upload_id"): finished_upload,
    ("enableWebhookEndpoint", "endpoint_id"): disabled_endpoint,
}
# Names that mean the same.
ALSO_CALLED = {"doc_id": "document_id", "tenant_id": "tenant", "preset": "preset_id"}

# A body that works, where the document's first example does not, or there is none.
BODIES: dict[str, Any] = {
    "uploadDocument": {"title": "Mine"},
    "createAsset": {"name": "Mine"},
    "watermarkUpload": {"watermark_text": "Mine"},
    "appendToUpload": None,  # bytes
    "watermarkBatch": {"watermark_config": {"watermark_text": "Mine"}},
    # A range reaches back by a month at most.
    "replayWebhookEvents": {"since": (timezone.now() - timedelta(hours=1)).isoformat()},
    "changeSubscription": {"plan": "pro"},
    "changeBillingDetails": {"tax_id": "Mine", "version": 1},
}
# Their body is the credential itself: swept in accounts/tests/test_tokens.py.
CREDENTIAL_IN_BODY = {
    *("createTokens", "refreshTokens", "revokeTokens"),
    *("acceptInvitation", "signUp", "verifyEmail", "requestPasswordReset", "resetPassword"),
}
VICTIMS_KEY = "the-key-of-the-victims-program"
# What a caller may try who knows more of an object than its id: values by name of the header.
HEADERS: dict[str, Callable[[Tenant], tuple[str, ...]]] = {
    "If-None-Match": lambda tenant: ("*", *etags(tenant)),
    "If-Match": lambda tenant: ("*", *etags(tenant)),
    "If-Range": lambda tenant: etags(tenant)[:1],
    "Range": lambda tenant: ("bytes=0-10", "bytes=99999999-"),
    "Prefer": lambda tenant: ("wait=0",),
    "Last-Event-ID": lambda tenant: ("0", "99999999"),
    "Upload-Offset": lambda tenant: ("0", "99999999"),
    "Upload-Checksum": lambda tenant: ("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",),
    "Upload-Length": lambda tenant: ("76543",),
    "Upload-Metadata": lambda tenant: ("filename YS5wZGY=",),
    "Tus-Resumable": lambda tenant: ("0.2.2",),
    "Idempotency-Key": lambda tenant: (VICTIMS_KEY,),
}
# Texts in a query that are no search: what they may be is written in the document.
QUERY_WITHOUT_SECRETS: set[str] = {"cursor"}

# Rows that belong to no tenant and to no person.
MODELS_OF_NOBODY: set[str] = {
    "accounts.AttemptCounter",
    "accounts.PendingSignup",
    "accounts.AuditChain",  # its id is the tenant's; hashes and counts, shown to nobody
    "auth.Group",
    "billing.InvoiceCounter",
    "billing.Plan",
    "billing.ProviderEvent",
    "billing.ProviderPrice",
    "auth.Permission",
    "contenttypes.ContentType",
    "documents.NightlyCheck",
    "documents.StorageDay",  # sums over all tenants, for staff
    "accounts.Pulse",  # of our own processes
    "sessions.Session",
}
# What even a refused request may change: fields by model.
MAY_CHANGE: dict[str, set[str]] = {"accounts.APIKey": {"last_used_at"}}

# Who may only look may ask these all the same: by operation the model of the rows it makes.
OPEN_TO_WHO_LOOKS = {"createSocketTicket": "accounts.SocketTicket"}

# To these a key is nobody.
OF_PEOPLE_ALONE = {"getOwnUser", "updateOwnUser"}

OPEN_PAGES = {
    "home",
    "documents:try_out",
    "documents:try_picture",
    "alive",
    "ready",
    "openapi",
    "docs",
    "docs-errors",
    "guides",
    "guide",
    "redoc",
    "account_signup",
    "account_login",
    "account_logout",
    "billing:provider_events",  # the signature is the credential
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",  # needs its person, but has a token, of no workspace (test_profile.py)
    "account_join",
    "account_verify",
}

OPEN_PAGES_KEYS = {"uidb36": "1", "key": "none", "slug": "quickstart"}

# For the service's own people: everybody else is refused, whoever they are.
STAFF_PAGES = {"metrics"}

# Of the person, whatever workspace they are in or shut out of: by the beginning of their names.
PERSONAL_PAGES = (
    *("account_", "mfa_", "accounts:sessions", "accounts:session_"),
    *("accounts:profile",),
)


def etags(tenant: Tenant) -> tuple[str, ...]:
    """Return the ETags of the tenant's stored copies, each once."""
    jobs = Job.objects.filter(tenant=tenant).select_related("document__blob", "result")
    blobs = [blob for job in jobs for blob in (job.document.blob, job.result) if blob]
    blobs += Blob.objects.filter(asset__tenant=tenant)
    return tuple(dict.fromkeys(f'"{blob.sha256}"' for blob in blobs))


def furnish(tenant: Tenant) -> None:
    """Give the tenant one row at least of everything that belongs to a tenant."""
    for make in (*OBJECTS.values(), failed_job, named_preset, named_asset, batch_in("open")):
        make(tenant)
    AuditEntry.objects.create(
        tenant=tenant,
        action=AuditAction.API_KEY_CREATED,
        actor="system",
        subject=f"tenant:{tenant.id}",
        details={"name": f"Logged by {tenant.name}"},
    )
    key, _ = make_api_key(tenant, name=f"Program of {tenant.name}")
    MarketplaceAccount.objects.create(
        user_name=f"{tenant.name} {key.id}", tenant=tenant, api_key=key, subscription="ULTRA9"
    )
    OutboxEvent.objects.create(
        tenant=tenant, type="job.succeeded", subject=f"job:{key.id}", payload={"of": tenant.name}
    )
    with transaction.atomic():
        record_usage(
            tenant_id=tenant.id,
            source=f"job:{key.id}",
            quantities={"pages": 98_765, "documents": 1},
            api_key_id=key.id,
        )
    make_invitation(tenant)
    make_logged_request(tenant, path=f"/api/v1/of/{tenant.name}/")
    make_support_session(tenant)
    make_reservation(tenant, pages=54_321)
    furnish_billing(tenant)
    SocketTicket.objects.create(
        digest=os.urandom(32).hex(), api_key_id=key.id, expires_at=timezone.now()
    )
    make_attempt(make_delivery(webhook_endpoint(tenant), url="https://single.example/hook"))
    first = Membership.objects.filter(tenant=tenant)[0].user
    make_tokens(first)
    make_notification(first, text=f"Told in {tenant.name}")
    in_a_day = timezone.now() + timedelta(days=1)
    KeptOutcome.objects.create(
        tenant=tenant,
        lookup=os.urandom(32),
        fingerprint=os.urandom(32),
        sealed=os.urandom(99),
        expires_at=in_a_day,
    )


def maker_of(operation: str, place: Place) -> Maker | None:
    """Return who makes what ``place`` of ``operation`` names; None if nobody can."""
    singular = place.name.removesuffix("s") if place.name.endswith("_ids") else place.name
    name = ALSO_CALLED.get(singular, singular)
    return OBJECTS_FOR.get((operation, name)) or OBJECTS.get(name)


def body_of(operation: Operation) -> tuple[str, Any]:
    """Return a media type that ``operation`` reads and a body that works; nothing, if none."""
    for media_type, media in sorted(operation.media.items()):
        if operation.name in BODIES:
            return media_type, BODIES[operation.name]
        for example in media.get("examples", {}).values():
            return media_type, example["value"]
    return "", None
