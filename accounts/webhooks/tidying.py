"""What the sender does besides sending: telling people, ending what cannot go on, forgetting."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import NotificationKind, WebhookDelivery, WebhookEndpoint
from accounts.services.notifications import mail_addresses

DISABLED_SUBJECT = "A webhook endpoint was turned off"
log = structlog.get_logger("accounts.webhooks")

# The log of an ended delivery, and itself, are kept so long.
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 500


def tell_owners() -> int:
    """Mail owners and admins of an endpoint that was disabled; return of how many.

    The row is locked and marked with the mail: one that cannot be sent is tried again, one whose
    sender dies in between may come twice, none is lost.
    """
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("tenant")
            .filter(disabled_reason__in=("gone", "failing"), told_at__isnull=True)
            .order_by("disabled_at")
            .first()
        )
        if endpoint is None:
            return 0
        try:
            _mail(endpoint)
        except OSError as error:
            log.warning("mail_not_sent", endpoint=str(endpoint.pk), error=str(error))
            return 0
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(told_at=Now())
    return 1


def end_unwanted() -> int:
    """End what still waits for an endpoint that is disabled; return how many deliveries.

    ``disable`` ends them too: here are those which were made at the same moment.
    """
    return WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.PENDING, endpoint__disabled_at__lt=Now() - timedelta(seconds=60)
    ).update(
        state=WebhookDelivery.State.EXHAUSTED,
        last_error="endpoint_disabled",
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )


def forget_deliveries() -> int:
    """Delete deliveries, and their attempts, that ended long ago; return how many."""
    old = WebhookDelivery.objects.filter(finished_at__lt=Now() - KEPT).order_by("finished_at")
    ids = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    if ids:
        WebhookDelivery.objects.filter(pk__in=ids).delete()
    return len(ids)


def _mail(endpoint: WebhookEndpoint) -> None:
    told = mail_addresses(tenant_id=endpoint.tenant_id, kind=NotificationKind.ENDPOINT_DISABLED)
    page = reverse("accounts:webhook", args=[endpoint.pk])
    context = {"endpoint": endpoint, "page": f"{settings.PUBLIC_URL}{page}"}
    text = render_to_string("emails/webhook_disabled.txt", context)
    html = render_to_string("emails/webhook_disabled.html", context)
    for email in told:
        send_mail(DISABLED_SUBJECT, text, None, [email], html_message=html)
