"""Telling again what was told before, or was missed: one delivery, or a range of events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.event_types import TEST
from accounts.models import AuditAction, User, WebhookDelivery, WebhookEndpoint
from accounts.services.audit import record
from accounts.services.webhook_endpoints import EndpointDisabled
from config.errors import Forbidden, Invalid, Missing

if TYPE_CHECKING:
    from accounts.principal import Principal

REPLAYED_AT_ONCE = 10_000
RANGE_MOST = timedelta(days=31)

# Of the endpoint's events in the range: those that it wants and that are not on their way to it.
_REPLAY = """
    INSERT INTO accounts_webhookdelivery (id, tenant_id, endpoint_id, event_id, event_type, url,
        cause, state, attempt_count, losses, last_error)
    SELECT gen_random_uuid(), event.tenant_id, endpoint.id, event.id, event.type,
        CASE endpoint.kind WHEN 'callback' THEN event.callback_url ELSE '' END,
        'replay', 'pending', 0, 0, ''
    FROM accounts_webhookendpoint endpoint
    JOIN accounts_outboxevent event ON event.tenant_id = endpoint.tenant_id
        AND event.created_at >= %(since)s AND event.created_at < %(until)s
        AND event.published_at IS NOT NULL AND event.type <> %(test)s
        AND CASE endpoint.kind WHEN 'callback' THEN event.callback_url <> ''
            ELSE cardinality(endpoint.event_types) = 0 OR event.type = ANY(endpoint.event_types) END
    WHERE endpoint.id = %(endpoint)s AND (%(delivered_too)s OR NOT EXISTS (
        SELECT FROM accounts_webhookdelivery told WHERE told.event_id = event.id
            AND told.endpoint_id = endpoint.id AND told.state = 'delivered'))
    ORDER BY event.created_at, event.id LIMIT %(limit)s
    ON CONFLICT (event_id, endpoint_id) WHERE state = 'pending' DO NOTHING
"""


def replay_delivery(*, principal: Principal | User, delivery_id: UUID) -> WebhookDelivery:
    """Tell an event again to the same endpoint, under the same id; return the new delivery.

    One that is still under way is attempted at once instead, so a second click changes nothing.
    Raises Missing and EndpointDisabled.
    """
    with transaction.atomic():
        old = _visible(principal, delivery_id)
        # Locked, so that of two clicks at once the second finds what the first has made.
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=old.endpoint_id)
        if endpoint.deleted_at is not None:
            raise Missing
        if not endpoint.is_enabled:
            raise EndpointDisabled
        pending = WebhookDelivery.objects.filter(
            event_id=old.event_id, endpoint=endpoint, state=WebhookDelivery.State.PENDING
        )
        if pending.update(due_at=Now()):
            return pending.get()
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(paused_until=None)
        return WebhookDelivery.objects.create(
            tenant_id=old.tenant_id,
            endpoint=endpoint,
            event_id=old.event_id,
            event_type=old.event_type,
            url=old.url,
            cause=WebhookDelivery.Cause.REPLAY,
        )


def replay_range(
    *,
    principal: Principal,
    endpoint_id: UUID,
    since: datetime,
    until: datetime | None = None,
    delivered_too: bool = False,
) -> int:
    """Tell the events of a range again that the endpoint wants; return how many.

    Those that it has not had: failed, given up, or never sent since it was turned off;
    ``delivered_too``: all. At most REPLAYED_AT_ONCE, the oldest first. Raises Missing, Invalid and
    EndpointDisabled.
    """
    principal.require("webhooks:write")
    until = until or timezone.now()
    _refuse_range(since, until)
    with transaction.atomic():
        endpoints = WebhookEndpoint.objects.select_for_update(no_key=True).visible_to(principal)
        endpoint = endpoints.filter(pk=endpoint_id).first()
        if endpoint is None:
            raise Missing
        if not endpoint.is_enabled:
            raise EndpointDisabled
        given: dict[str, Any] = {
            "endpoint": endpoint.pk,
            "since": since,
            "until": until,
            "delivered_too": delivered_too,
            "test": TEST,
            "limit": REPLAYED_AT_ONCE,
        }
        with connection.cursor() as cursor:
            cursor.execute(_REPLAY, given)
            made = int(cursor.rowcount)
        record(
            tenant_id=endpoint.tenant_id,
            actor=principal,
            action=AuditAction.WEBHOOKS_REPLAYED,
            subject=f"webhook_endpoint:{endpoint.pk}",
            details={"since": since.isoformat(), "until": until.isoformat(), "events": made},
        )
    return made


def _visible(principal: Principal | User, delivery_id: UUID) -> WebhookDelivery:
    deliveries = WebhookDelivery.objects.all()
    if isinstance(principal, User):
        if not principal.is_staff:
            raise Forbidden
    else:
        principal.require("webhooks:write")
        deliveries = deliveries.visible_to(principal)
    delivery = deliveries.filter(pk=delivery_id).first()
    if delivery is None:
        raise Missing
    return delivery


def _refuse_range(since: datetime, until: datetime) -> None:
    if since >= until:
        sentence = "The range must begin before it ends."
    elif until - since > RANGE_MOST:
        sentence = f"A range has at most {RANGE_MOST.days} days."
    else:
        return
    problem = {"loc": ["body", "since"], "msg": sentence, "type": "value_error"}
    raise Invalid(problems=[problem])
