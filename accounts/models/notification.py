"""What members are told in the app, and what each wants to be told, and how."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from accounts.models.membership import Membership
from accounts.models.tenant import Tenant

if TYPE_CHECKING:
    from accounts.principal import Principal


class NotificationKind(models.TextChoices):
    """What people are told of; services/notifications.py says whom, and how unless they choose."""

    BATCH_ENDED = "batch_ended", "A batch that you started has ended"
    MEMBER_JOINED = "member_joined", "Somebody has joined the workspace"
    ENDPOINT_DISABLED = "endpoint_disabled", "A webhook endpoint was turned off"
    USAGE_ALERT = "usage_alert", "An allowance or a spend cap comes to its end"
    INVOICE_ISSUED = "invoice_issued", "An invoice or a credit note was issued"
    PAYMENT_DUE = "payment_due", "A payment has failed, or was not made in time"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, always seen by somebody."""

    def visible_to(self, principal: Principal) -> NotificationQuerySet:
        """Return the person's own, in the tenant in which they work; keys and support have none."""
        if principal.user_id is None or principal.support is not None:
            return self.none()
        return self.filter(
            tenant_id=principal.tenant_id, membership__user_id=principal.user_id, in_app=True
        )


class Notification(models.Model):
    """One thing that one member is told; who leaves the tenant leaves it behind.

    ``path``: where it leads, on our own pages. ``mail_after``: when it is to be mailed, where this
    row is what is mailed (alerts and invoices have mails of their own).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    # Constrained together with the tenant (config/database/operations.py).
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="notifications", db_constraint=False
    )
    kind = models.CharField(max_length=32, choices=NotificationKind.choices)
    text = models.CharField(max_length=300)
    path = models.CharField(max_length=200)
    in_app = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True, editable=False)
    mail_after = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["membership", "-created_at", "-id"], name="notification_newest"),
            models.Index(
                fields=["membership"],
                name="notification_unread",
                condition=models.Q(read_at__isnull=True, in_app=True),
            ),
            models.Index(
                fields=["mail_after"],
                name="notification_to_mail",
                condition=models.Q(mail_after__isnull=False, mailed_at__isnull=True),
            ),
            models.Index(fields=["created_at"], name="notification_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.membership_id}"


class NotificationChoice(models.Model):
    """How a member wants to be told of one kind; without a row as the product has it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="choices", db_constraint=False
    )
    kind = models.CharField(max_length=32, choices=NotificationKind.choices)
    in_app = models.BooleanField()
    mail = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "kind"], name="notification_choice_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.membership_id}"
