"""What the OpenAPI document says of the API as a whole: plain data, read by the settings."""

from __future__ import annotations

from typing import Any

from config import __version__

_DESCRIPTION = """\
Mark PDF documents: upload, ask for a mark, follow the job, download the copy.

**Authentication.** Send an API key as `Authorization: Bearer cm_live_…`, as `X-API-Key`, or as
the user name of Basic authentication. Keys are made in the workspace's settings. Other front ends
and people's own programs log in at `/api/v1/auth/token/` (OAuth 2's password grant, as a form or as
JSON) and send the access token as `Authorization: Bearer …`: it holds for ten minutes; the refresh
token gets the next one, once.

**Work takes time.** Asking for a mark answers `202` with the job, its address in `Location` and a
polite pause in `Retry-After`. Poll the job, listen to `/ws/v1/jobs/{job_id}/`, read its `events/`,
or send `Prefer: wait=20` to have the answer held until the job has ended (RFC 7240).

**Sending again.** Give each POST a name of your choice in `Idempotency-Key` (a UUID is good). If
the answer gets lost, send the same request with the same key: within 24 hours it is answered as the
first time, with `Idempotency-Replayed: true`, and nothing is done twice. While the first one runs
the answer is `409` `idempotency_key_in_use`; another content with the same key is `422`
`idempotency_key_reused`. A file counts by its bytes and its name. Only what was done is kept: after
a `4xx` or `5xx` nothing was, and the key may be sent again, also with a corrected request. Keys
count for one workspace and one address.

**Live.** The WebSocket `/ws/v1/jobs/{job_id}/` takes the same headers. Each message is an object
with a `type`: first `job.snapshot` with the `job` as it is now, then a `job.changed` for each later
`seq`, both with the fields of a job up to `expires_at`; `heartbeat` while nothing changes. After
the state in which the job ended comes close 1000. A refusal is an `error` with `code` and `detail`,
then close 4401, 4403 or 4404. After any other close connect again: the snapshot tells what was
missed. Send `{"type": "ping"}` for a `pong`. `/ws/v1/batches/{batch_id}/` is the same for a batch:
`batch.snapshot` and `batch.changed`, four a second at most, with the `batch` up to `finished_at`.

**Errors** have one shape: `type` is a stable code, `detail` a sentence, or for `422` the list of
all bad fields. Send `Accept: application/problem+json` for the form of RFC 9457. Every answer
carries `X-Request-ID`; quote it when you ask for help.

**Lists** are newest first, in pages of `limit` results; follow `next` until it is null. A query
parameter that an operation does not know is an error, never ignored.

Ids are UUIDs, instants RFC 3339 in UTC, sizes bytes. A final slash may be left out.
"""

TAGS = [
    {"name": "Documents", "description": "Files that the workspace has uploaded."},
    {
        "name": "Uploads",
        "description": "Resumable uploads: tus 1.0.0 (https://tus.io) with creation,"
        " creation-with-upload, expiration, checksum and termination. Each request but `GET` and"
        " `OPTIONS` carries `Tus-Resumable: 1.0.0`. `HEAD` tells how much has arrived"
        " (`Upload-Offset`), `OPTIONS` what the server can do.",
    },
    {"name": "Watermarking", "description": "Asking for a mark on a document."},
    {
        "name": "Batches",
        "description": "Up to 1,000 documents marked the same way, each by a job of its own."
        " One bad file never harms the others.",
    },
    {"name": "Jobs", "description": "The work: progress, cancelling, retrying, results."},
    {"name": "Usage", "description": "What the workspace may do, and what it has used."},
    {"name": "Billing", "description": "Plans, the workspace's subscription, caps and alerts."},
    {"name": "Users", "description": "The workspace's people, and oneself."},
    {
        "name": "Webhooks",
        "description": "Where your own programs are told what has happened, and whether they have"
        " heard. What is sent stands under *webhooks* in this document; requests are signed as"
        " [Standard Webhooks](https://www.standardwebhooks.com) has it.",
    },
    {"name": "Organization", "description": "The workspace itself and what happened in it."},
    {"name": "Auth", "description": "Logging in, and who a credential stands for."},
    {
        "name": "Presets",
        "description": "Settings of marks under a name, for everybody in the workspace. A change"
        " says which version it is meant for: `If-Match` with the ETag that you have seen.",
    },
    {
        "name": "Assets",
        "description": "Logos, pages and fonts of which marks are made. A file never changes: send"
        " another one and name that instead.",
    },
    {"name": "Health", "description": "Whether the service and its parts work."},
]

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Countermark API",
    "DESCRIPTION": _DESCRIPTION,
    "VERSION": __version__,
    "CONTACT": {"name": "Countermark"},
    "EXTERNAL_DOCS": {"url": "/docs/guides/", "description": "Guides, with code that runs"},
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "This server"}],
    "TAGS": TAGS,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_COERCE_PATH_PK": False,
    # A shape says itself what a PATCH may leave out.
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "JobState": "documents.models.job.Job.State",
        "BatchState": "documents.models.batch.Batch.State",
        "BatchItemState": "documents.models.batch_item.BatchItem.State",
        "Role": "accounts.models.membership.Role",
        "AuditAction": "accounts.models.audit.AuditAction",
        "Scope": "accounts.scopes.SCOPES",
        "Interval": "billing.models.plan.Interval",
        "SubscriptionState": "billing.models.subscription.Subscription.State",
        "InvoiceKind": "billing.models.invoice.Invoice.Kind",
        "InvoiceLineKind": "billing.models.invoice.InvoiceLine.Kind",
        "UsageUnit": "billing.models.usage_alert.UsageAlert.Unit",
        "ChargeState": ["reserved", "charged", "free"],
        "HealthStatus": ["ok", "degraded"],
        "PartStatus": ["ok", "down"],
        "PasswordGrantType": ["password"],
        "RefreshGrantType": ["refresh_token"],
        "TokenType": ["bearer"],
        "MailStatus": ["mail_sent"],
        "UserStatus": ["active", "invited"],
        "CredentialKind": ["api_key", "access_token", "session"],
        "OfferedEventType": "accounts.api.webhooks.shapes.EVENT_TYPE_NAMES",
        "WebhookFailedReason": ["failing", "gone"],
        "WebhookKind": "accounts.models.webhook_endpoint.WebhookEndpoint.Kind",
        "WebhookDisabledReason": "accounts.models.webhook_endpoint.WebhookEndpoint.DisabledReason",
        "WebhookDeliveryState": "accounts.models.webhook_delivery.WebhookDelivery.State",
        "WebhookDeliveryCause": "accounts.models.webhook_delivery.WebhookDelivery.Cause",
        "KeyEnvironment": "accounts.models.api_key.APIKey.Environment",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": [
        "accounts.api.webhooks.sent.describe_webhooks",
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.finishing.finish",
    ],
    "APPEND_COMPONENTS": {
        "schemas": {"DocumentConfig": {"$ref": "#/components/schemas/WatermarkConfig"}}
    },
}
