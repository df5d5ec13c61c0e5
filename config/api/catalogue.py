"""Every error code the API can answer with: the public list, in one place.

A code never changes its meaning or its status. Codes are declared on ``DomainError`` subclasses
beside the functions that raise them; this table adds what a reader of the documentation needs.
A test walks all subclasses and fails for a code that is not here, or here with another status.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from config.errors import DomainError


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its HTTP status, a title, and what the caller can do about it."""

    status: int
    title: str
    advice: str


CATALOGUE: dict[str, Entry] = {
    # Before anything is looked at
    "bad_request": Entry(400, "Bad request", "Correct the request; it could not be understood."),
    "malformed_json": Entry(400, "Malformed JSON", "Send a body that is valid JSON (RFC 8259)."),
    "malformed_form": Entry(400, "Malformed form", "Send a valid multipart/form-data body."),
    "request_timeout": Entry(408, "Request timeout", "Send the body faster, then try again."),
    "payload_too_large": Entry(413, "Payload too large", "Send fewer bytes."),
    "unsupported_media_type": Entry(
        415, "Unsupported media type", "Use a Content-Type that the operation documents."
    ),
    # Who and whether
    "not_authenticated": Entry(401, "Not authenticated", "Send an API key or sign in."),
    "invalid_credentials": Entry(
        401, "Invalid credentials", "Use one that is neither mistyped, expired nor revoked."
    ),
    "invalid_login": Entry(401, "Wrong address or password", "Correct it, or reset the password."),
    "otp_required": Entry(401, "Code required", "Send the authenticator app's code as otp."),
    "invalid_otp": Entry(401, "Wrong code", "Wait for the next code, or use a recovery code."),
    "invalid_access_token": Entry(401, "Invalid access token", "Log in again."),
    "expired_access_token": Entry(
        401, "Expired access token", "Get a new one with the refresh token."
    ),
    "revoked_access_token": Entry(
        401, "Revoked access token", "Log in again; the log-in or its password has ended."
    ),
    "invalid_refresh_token": Entry(401, "Invalid refresh token", "Log in again."),
    "reused_refresh_token": Entry(
        401, "Reused refresh token", "Find out who else has the token, then log in again."
    ),
    "invalid_api_key": Entry(401, "Invalid API key", "Check the key; it is mistyped or unknown."),
    "expired_api_key": Entry(401, "Expired API key", "Make a new key."),
    "revoked_api_key": Entry(401, "Revoked API key", "Make a new key, or ask who revoked this."),
    "invalid_ticket": Entry(
        401, "Invalid ticket", "Get a new one: a ticket works once, for a minute."
    ),
    "permission_denied": Entry(403, "Permission denied", "Nothing; this is not open to you."),
    "insufficient_scope": Entry(
        403, "Insufficient scope", "Use a key or a role that has the scope named in the detail."
    ),
    "address_not_allowed": Entry(
        403, "Address not allowed", "Use the key from one of its networks, or add yours to it."
    ),
    "scope_not_held": Entry(403, "Scope not held", "Grant only what you may do yourself."),
    "tenant_suspended": Entry(403, "Workspace suspended", "Write to support."),
    "support_session_refused": Entry(
        403, "Closed to support sessions", "End the support session, or ask the customer."
    ),
    "support_session_over": Entry(403, "Support session over", "Begin another one."),
    "no_workspace": Entry(403, "No workspace", "Have somebody invite you to a workspace."),
    "origin_not_allowed": Entry(
        403, "Origin not allowed", "Open sockets from our own pages, or with an API key."
    ),
    "csrf_failed": Entry(403, "CSRF check failed", "Reload the page, then try again."),
    "not_found": Entry(404, "Not found", "Check the id; it is unknown, deleted or not yours."),
    "method_not_allowed": Entry(
        405, "Method not allowed", "Use a method that the Allow header names."
    ),
    # What was asked for
    "validation_error": Entry(
        422, "Validation error", "Correct each field that the detail list names."
    ),
    "idempotency_key_invalid": Entry(
        422, "Invalid Idempotency-Key", "Send 1 to 255 visible ASCII characters, no spaces."
    ),
    "idempotency_key_reused": Entry(
        422, "Idempotency-Key reused", "Send a new key with each new request."
    ),
    "idempotency_key_in_use": Entry(
        409, "Idempotency-Key in use", "Send the same request again in a second."
    ),
    "conversion_unavailable": Entry(
        422, "Conversion unavailable", "Leave output.format out, or ask who runs the server."
    ),
    "unsupported_format": Entry(
        415, "Unsupported format", "Send a PDF, Word (.docx), text (UTF-8), PNG or JPEG file."
    ),
    "invalid_link": Entry(422, "Link no longer works", "Ask for a new one; each works once."),
    "staff_stay": Entry(409, "Staff stay", "Have a superuser close the account."),
    "wrong_email": Entry(422, "Wrong address", "Give the address of your account."),
    "owners_only": Entry(403, "Owners only", "Have an owner do it, on the pages."),
    "wrong_password": Entry(422, "Wrong password", "Give the password of your account."),
    "same_email": Entry(422, "Same address", "Give another address."),
    "others_link": Entry(403, "Link of another account", "Log in as whoever asked for it."),
    "unknown_time_zone": Entry(422, "Unknown time zone", "Choose one that the page offers."),
    "tenant_stopped": Entry(409, "Workspace suspended", "Resume the workspace first."),
    "support_session_open": Entry(409, "In a support session", "End that one first."),
    "already_member": Entry(409, "Already a member", "Nothing; or take the invitation back first."),
    "last_owner": Entry(409, "Last owner", "Make somebody else an owner first."),
    "role_not_held": Entry(403, "Role not held", "Have an owner do it."),
    "invitation_for_another": Entry(
        403, "Invitation for another", "Log in with the account of the invited address."
    ),
    "mail_unavailable": Entry(503, "Mail unavailable", "Try again later; nothing was done."),
    "email_taken": Entry(409, "E-mail address taken", "Log in, or reset the password."),
    "api_key_ended": Entry(409, "API key ended", "Make a new key."),
    "refresh_token_just_used": Entry(
        409, "Refresh token just used", "Use the tokens of the other request's answer."
    ),
    "too_many_webhook_endpoints": Entry(
        409, "Too many webhook endpoints", "Delete one that is not needed any more."
    ),
    "webhook_endpoint_disabled": Entry(
        409, "Webhook endpoint disabled", "Turn the endpoint on first."
    ),
    "conflict": Entry(409, "Conflict", "Read the present state first."),
    "document_deleted": Entry(409, "Document deleted", "Upload the document again."),
    "batch_not_open": Entry(409, "Batch not open", "Open another batch for more items."),
    "batch_empty": Entry(409, "Batch empty", "Put items in first."),
    "batch_ended": Entry(409, "Batch ended", "Try its failed items again, or open another one."),
    "batch_not_ready": Entry(409, "Batch not ready", "Ask again once the batch has ended."),
    "nothing_to_retry": Entry(409, "Nothing to retry", "Nothing; no item can be tried again."),
    "plan_not_offered": Entry(409, "Plan not offered", "Choose one of the plans in the list."),
    "nothing_to_credit": Entry(409, "Nothing to credit", "Nothing; it is taken back already."),
    "plan_unchanged": Entry(409, "Plan unchanged", "Nothing; the workspace has this plan."),
    "no_subscription": Entry(409, "No subscription", "Choose a plan first."),
    "plan_paid_elsewhere": Entry(409, "Plan paid elsewhere", "Change it where it is paid."),
    "change_pending": Entry(409, "Change pending", "Choose the present plan, then the dearer one."),
    "term_invoiced": Entry(409, "Term invoiced", "Cancel it; choose another plan when it ends."),
    "payment_under_way": Entry(409, "Payment under way", "Look at the subscription in a moment."),
    "job_ended": Entry(409, "Job ended", "Nothing; what has ended never changes."),
    "job_not_retryable": Entry(409, "Job not retryable", "Wait for its end, or start a new job."),
    "upload_unfinished": Entry(409, "Upload unfinished", "Send the rest of the bytes first."),
    "upload_taken": Entry(409, "Upload taken", "Use its document, or begin another upload."),
    "upload_offset_mismatch": Entry(
        409, "Upload offset mismatch", "Ask for the offset with HEAD and go on from there."
    ),
    "not_ready": Entry(409, "Not ready", "Ask again once the job has succeeded."),
    "gone": Entry(410, "Gone", "Start a new job; the result's time was over."),
    "precondition_failed": Entry(412, "Precondition failed", "Fetch the present ETag first."),
    "precondition_required": Entry(
        428, "Precondition required", "Send If-Match with the ETag that you have seen."
    ),
    "preset_name_taken": Entry(409, "Preset name taken", "Choose another name."),
    "asset_deleted": Entry(409, "File deleted", "Ask for a mark that is made of another file."),
    "asset_in_use": Entry(409, "File in use", "Take it out of what uses it first."),
    "too_many_assets": Entry(409, "Too many files", "Delete one that no mark is made of."),
    "unusable_asset": Entry(422, "Unusable file", "Send another file; the reason is told."),
    "too_many_presets": Entry(409, "Too many presets", "Delete one that nobody uses."),
    "tus_version_unsupported": Entry(
        412, "Tus version unsupported", "Send Tus-Resumable: 1.0.0, the version in Tus-Version."
    ),
    "upload_locked": Entry(423, "Upload locked", "Try again in a second; end other requests."),
    "checksum_mismatch": Entry(460, "Checksum mismatch", "Send the same bytes again."),
    "range_not_satisfiable": Entry(
        416, "Range not satisfiable", "Ask for bytes within the size in Content-Range."
    ),
    # Limits
    "quota_exceeded": Entry(402, "Quota exceeded", "Change the plan or wait for the next period."),
    "spend_cap_reached": Entry(
        402, "Spend cap reached", "Raise the cap, or wait for the next month."
    ),
    "too_many_attempts": Entry(
        429, "Too many failed attempts", "Wait for the seconds in Retry-After."
    ),
    "rate_limited": Entry(429, "Too many requests", "Wait for the seconds in Retry-After."),
    "too_many_uploads": Entry(
        429, "Too many uploads", "Try again when another of yours has ended or was deleted."
    ),
    "too_many_streams": Entry(
        429, "Too many event streams", "Close some of yours, or follow less with each."
    ),
    "too_many_event_sockets": Entry(
        429, "Too many sockets of events", "Close some of yours: each hears everything."
    ),
    "events_read_too_slowly": Entry(
        429, "Events read too slowly", "Read the list of events for what was missed, and go on."
    ),
    "too_many_previews": Entry(
        429, "Too many previews", "Ask again when another of yours has been answered."
    ),
    "export_under_way": Entry(
        429, "Export under way", "Start another when the one being sent has come."
    ),
    # Us
    "internal_error": Entry(
        500, "Internal error", "Try again later; tell us the request_id if it stays."
    ),
    "unavailable": Entry(503, "Service unavailable", "Try again after the seconds in Retry-After."),
    "payment_unavailable": Entry(
        503, "Payment service unavailable", "Try again after the seconds in Retry-After."
    ),
    "overloaded": Entry(503, "Service overloaded", "Try again after the seconds in Retry-After."),
    "storage_unavailable": Entry(
        503, "Storage unavailable", "Try again after the seconds in Retry-After."
    ),
    "storage_full": Entry(507, "Storage full", "Try again later; we have been told."),
}


def title_of(error: DomainError) -> str:
    """Return the catalogue's title of an error, or its status's phrase."""
    entry = CATALOGUE.get(error.code)
    return entry.title if entry else HTTPStatus(error.status).phrase
