"""The audit log: who did what to which thing, written once and never changed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class AuditAction(models.TextChoices):
    """Everything that is written down: ``thing.done`` and how people read it."""

    SIGNED_IN = "user.signed_in", "Signed in"
    SIGN_IN_FAILED = "user.sign_in_failed", "Wrong password"
    SECOND_FACTOR_FAILED = "user.second_factor_failed", "Wrong code"
    ACCOUNT_DELETED = "user.deleted", "Deleted their account"
    EMAIL_CHANGED = "user.email_changed", "Changed their e-mail address"
    PASSWORD_CHANGED = "user.password_changed", "Changed their password"
    PASSWORD_RESET = "user.password_reset", "Set a new password by mail"
    SECOND_FACTOR_ADDED = "user.second_factor_added", "Turned two-step log-in on"
    SECOND_FACTOR_REMOVED = "user.second_factor_removed", "Turned two-step log-in off"
    RECOVERY_CODES_MADE = "user.recovery_codes_made", "Made recovery codes"
    SESSIONS_ENDED = "user.sessions_ended", "Signed out elsewhere"
    TOKEN_REUSED = "user.token_reused", "Used an old token (the log-in was ended)"
    TENANT_CREATED = "tenant.created", "Created the workspace"
    TENANT_SUSPENDED = "tenant.suspended", "Suspended the workspace"
    TENANT_RESUMED = "tenant.resumed", "Resumed the workspace"
    SUPPORT_BEGAN = "support.began", "Support entered the workspace"
    SUPPORT_LOOKED = "support.looked", "Support opened a page"
    SUPPORT_ENDED = "support.ended", "Support left the workspace"
    MEMBERSHIP_CREATED = "membership.created", "Joined the workspace"
    MEMBERSHIP_CHANGED = "membership.changed", "Changed a member's role"
    MEMBERSHIP_ENDED = "membership.ended", "Removed a member"
    INVITATION_CREATED = "invitation.created", "Invited somebody"
    INVITATION_REVOKED = "invitation.revoked", "Took an invitation back"
    TENANT_CHANGED = "tenant.changed", "Changed the workspace's settings"
    API_KEY_CREATED = "api_key.created", "Made an API key"
    API_KEY_CHANGED = "api_key.changed", "Changed an API key"
    API_KEY_ROTATED = "api_key.rotated", "Rotated an API key"
    API_KEY_REVOKED = "api_key.revoked", "Revoked an API key"
    WEBHOOK_CREATED = "webhook_endpoint.created", "Made a webhook endpoint"
    WEBHOOK_CHANGED = "webhook_endpoint.changed", "Changed a webhook endpoint"
    WEBHOOK_DELETED = "webhook_endpoint.deleted", "Deleted a webhook endpoint"
    WEBHOOK_ENABLED = "webhook_endpoint.enabled", "Turned a webhook endpoint on"
    WEBHOOK_DISABLED = "webhook_endpoint.disabled", "Turned a webhook endpoint off"
    WEBHOOK_SECRET_ROTATED = "webhook_endpoint.secret_rotated", "Rotated a webhook secret"  # noqa: S105 - an act
    WEBHOOKS_REPLAYED = "webhook_endpoint.replayed", "Replayed webhook events"
    TENANT_EXPORTED = "tenant.exported", "Exported the workspace"
    AUDIT_EXPORTED = "audit.exported", "Exported the audit log"
    DOCUMENT_DELETED = "document.deleted", "Deleted a document"
    DOCUMENT_PURGED = "document.purged", "Removed a deleted document's bytes"
    JOB_CANCELLED = "job.cancelled", "Cancelled a job"
    BATCH_CANCELLED = "batch.cancelled", "Cancelled a batch"
    PLAN_CHANGED = "plan.changed", "Changed the plan"
    LIMIT_OVERRIDDEN = "limit.overridden", "Support changed a limit"
    LIMIT_RESTORED = "limit.restored", "A limit is the plan's again"
    SPEND_CAP_CHANGED = "spend_cap.changed", "Changed a cap on spending"
    USAGE_ADJUSTED = "usage.adjusted", "Support put usage right"
    INVOICE_ISSUED = "invoice.issued", "An invoice was issued"
    CREDIT_NOTE_ISSUED = "credit_note.issued", "Support issued a credit note"
    BILLING_DETAILS_CHANGED = "billing_details.changed", "Changed the billing details"
    ADMIN_ADDED = "admin.added", "Support added something"
    ADMIN_CHANGED = "admin.changed", "Support changed something"
    ADMIN_DELETED = "admin.deleted", "Support deleted something"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries, always seen by somebody."""

    def visible_to(self, principal: Principal) -> AuditEntryQuerySet:
        """Return the entries of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class AuditEntry(models.Model):
    """One act. The database numbers it and chains it to the tenant's entry before it.

    ``seq``, ``prev_hash``, ``hash`` and ``created_at`` are the database's, whatever an insert
    says (migration ``audit_log``). No update and no deletion is possible. Entries without a tenant
    make a chain of their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No foreign key in the database: the log outlives what it tells of.
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    seq = models.PositiveBigIntegerField(default=0, editable=False)
    action = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    prev_hash = models.BinaryField(max_length=32, default=b"", editable=False)
    hash = models.BinaryField(max_length=32, default=b"", editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ("-created_at", "-id")
        indexes = [
            # Of all tenants, as staff see them.
            models.Index(fields=["-created_at", "-id"], name="audit_entry_newest"),
            models.Index(fields=["tenant", "created_at", "id"], name="audit_entry_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "seq"], name="audit_entry_in_chain", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(action__regex=r"^[a-z_]+\.[a-z_]+$"), name="audit_action_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject} by {self.actor}"


class AuditChain(models.Model):
    """The end of one chain: how many entries it has and the last one's hash.

    Only the trigger that numbers entries writes here; its row is the lock that keeps them in
    line. An entry missing at the end of the log is missed here.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    seq = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.id}: {self.seq}"
