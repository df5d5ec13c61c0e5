"""Writing down how an attempt went: log, delivery and endpoint in one transaction or not at all.

Only while the lease is still the sender's own; else somebody else makes the attempt again, and
this one is forgotten as if it had been lost on the way.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from accounts.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from accounts.services.webhook_endpoints import disable_failed
from accounts.webhooks.attempting import Outcome
from accounts.webhooks.claiming import BREAKER_AFTER
from accounts.webhooks.schedule import seconds_until_next

log = structlog.get_logger("accounts.webhooks")

FAILING_FOR = timedelta(days=5)
# So often a sender may die of a delivery, or with it.
LOSSES_MOST = 20


def write_outcome(delivery: WebhookDelivery, outcome: Outcome) -> bool:
    """Write how the attempt that ``delivery`` was leased for went; return whether it still was."""
    number = delivery.attempt_count + 1
    with transaction.atomic():
        if not _leave(delivery, outcome, number):
            log.warning("webhook_lease_lost", delivery=str(delivery.pk))
            return False
        WebhookAttempt.objects.create(
            tenant_id=delivery.tenant_id,
            delivery_id=delivery.pk,
            number=number,
            url=outcome.url,
            request_headers=dict(outcome.request_headers),
            status=outcome.status,
            error=outcome.error,
            error_detail=outcome.error_detail,
            answer=outcome.answer,
            answer_is_cut=outcome.answer_is_cut,
            milliseconds=outcome.milliseconds,
        )
        if delivery.endpoint.kind == WebhookEndpoint.Kind.ENDPOINT:
            _judge(delivery.endpoint_id, outcome)
    return True


def give_back(delivery: WebhookDelivery) -> None:
    """Let another sender make the attempt: this one is going down before it has begun."""
    held = WebhookDelivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    held.update(lease_token=None, lease_until=None)


def end_lost_ones() -> int:
    """Give up deliveries with which sender after sender was lost; return how many."""
    lost = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.PENDING, losses__gte=LOSSES_MOST, lease_until__lte=Now()
    )
    return lost.update(
        state=WebhookDelivery.State.EXHAUSTED,
        last_error="sender_lost",
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )


def _leave(delivery: WebhookDelivery, outcome: Outcome, number: int) -> bool:
    held = WebhookDelivery.objects.filter(
        pk=delivery.pk,
        lease_token=delivery.lease_token,
        state=WebhookDelivery.State.PENDING,
        attempt_count=number - 1,
    )
    return bool(
        held.update(
            attempt_count=number,
            lease_token=None,
            lease_until=None,
            last_status=outcome.status,
            last_error="" if outcome.is_success else outcome.reason,
            **_next_state(delivery, outcome, number),
        )
    )


def _next_state(delivery: WebhookDelivery, outcome: Outcome, number: int) -> dict[str, Any]:
    if outcome.is_success:
        return {"state": WebhookDelivery.State.DELIVERED, "finished_at": Now()}
    schedule = [0] if delivery.cause == WebhookDelivery.Cause.TEST else settings.WEBHOOK_SCHEDULE
    wait = seconds_until_next(number, schedule=schedule, retry_after=outcome.retry_after)
    if wait is None or outcome.is_gone:
        return {"state": WebhookDelivery.State.EXHAUSTED, "finished_at": Now()}
    return {"due_at": _after(timedelta(seconds=wait))}


# The endpoint's row changes only where there is something to forget.
_FORGET = """
    UPDATE accounts_webhookendpoint SET failures = 0, failing_since = NULL, paused_until = NULL
    WHERE id = %(id)s AND failures > 0
"""
_COUNT = """
    UPDATE accounts_webhookendpoint SET failures = least(failures + 1, 1000000),
        failing_since = coalesce(failing_since, statement_timestamp()),
        paused_until = CASE WHEN failures + 1 >= %(breaker)s THEN statement_timestamp()
            + make_interval(secs => least(300, 10 * 2 ^ least(5, failures + 1 - %(breaker)s))) END
    WHERE id = %(id)s AND disabled_at IS NULL
    RETURNING failing_since <= statement_timestamp() - %(failing_for)s
"""


def _judge(endpoint_id: Any, outcome: Outcome) -> None:
    """Count the endpoint's failures, which may be one too many."""
    given = {"id": endpoint_id, "breaker": BREAKER_AFTER, "failing_for": FAILING_FOR}
    with connection.cursor() as cursor:
        cursor.execute(_FORGET if outcome.is_success else _COUNT, given)
        row = None if outcome.is_success else cursor.fetchone()
    if row is None:
        return
    if outcome.is_gone:
        disable_failed(endpoint_id=endpoint_id, reason=WebhookEndpoint.DisabledReason.GONE)
    elif row[0]:
        disable_failed(endpoint_id=endpoint_id, reason=WebhookEndpoint.DisabledReason.FAILING)


def _after(wait: timedelta) -> Combinable:
    return ExpressionWrapper(Now() + Value(wait), output_field=DateTimeField())
