"""Where tenants want to be told: making, changing, testing, turning off and on again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.urls import reverse

from accounts.event_types import DISABLED, TEST
from accounts.models import (
    AuditAction,
    NotificationKind,
    Tenant,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.outgoing.signing import new_secret
from accounts.outgoing.targets import BadAddress, read_target
from accounts.sealing import WEBHOOK_HEADER, WEBHOOK_SECRET, seal
from accounts.services.audit import Actor, record
from accounts.services.notifications import notify
from accounts.services.outbox import emit
from accounts.services.webhook_inputs import refuse_nonsense
from config.errors import Conflict, Forbidden, Missing
from config.request_id import current_request_id

if TYPE_CHECKING:
    from accounts.principal import Principal

ENDPOINTS_MOST = 20
OVERLAP_HOURS = 24
Header = tuple[str, str]


class TooManyEndpoints(Conflict):
    """Each event is sent to each endpoint, so there is an end to them."""

    code = "too_many_webhook_endpoints"
    message = f"A workspace has at most {ENDPOINTS_MOST} webhook endpoints."


class EndpointDisabled(Conflict):
    """Nothing is sent to an endpoint that is turned off."""

    code = "webhook_endpoint_disabled"
    message = "This endpoint is turned off. Turn it on first."


def create_endpoint(
    *,
    principal: Principal,
    url: str,
    event_types: Sequence[str] = (),
    description: str = "",
    header: Header | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Return a new endpoint and its secret, which is not shown again.

    Raises Invalid with every bad field, TooManyEndpoints and InsufficientScope.
    """
    principal.require("webhooks:write")
    given = {"url": url, "event_types": event_types, "description": description, "header": header}
    refuse_nonsense(given)
    secret = new_secret()
    with transaction.atomic():
        # Locked, so that of two at once the second counts the first.
        Tenant.objects.select_for_update(no_key=True).get(pk=principal.tenant_id)
        if WebhookEndpoint.objects.visible_to(principal).count() >= ENDPOINTS_MOST:
            raise TooManyEndpoints
        endpoint = WebhookEndpoint.objects.create(
            tenant_id=principal.tenant_id,
            created_by_id=principal.user_id,
            sealed_secret=seal(secret, purpose=WEBHOOK_SECRET),
            **_columns(given),
        )
        _record(endpoint, principal, AuditAction.WEBHOOK_CREATED)
    return endpoint, secret


def update_endpoint(
    *, principal: Principal, endpoint_id: UUID, changes: Mapping[str, Any]
) -> WebhookEndpoint:
    """Change what ``changes`` names of url, event_types, description and header (None: none).

    What still waits goes to the new address. Raises Missing and Invalid.
    """
    principal.require("webhooks:write")
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        refuse_nonsense(changes, is_callback=endpoint.kind == WebhookEndpoint.Kind.CALLBACK)
        _update(endpoint, updated_at=Now(), **_columns(changes))
        _record(endpoint, principal, AuditAction.WEBHOOK_CHANGED, fields=sorted(changes))
    return endpoint


def delete_endpoint(*, principal: Principal, endpoint_id: UUID) -> None:
    """Send nothing more; what was sent stays in the log for a while. Raises Missing."""
    principal.require("webhooks:write")
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if endpoint.is_enabled:
            _disable(endpoint, WebhookEndpoint.DisabledReason.BY_HAND)
        nothing = {"sealed_secret": "", "sealed_old_secret": "", "sealed_header": ""}
        _update(endpoint, deleted_at=Now(), old_secret_until=None, **nothing)
        _record(endpoint, principal, AuditAction.WEBHOOK_DELETED)


def rotate_secret(
    *, principal: Principal, endpoint_id: UUID, overlap_hours: int = OVERLAP_HOURS
) -> tuple[WebhookEndpoint, str]:
    """Return the endpoint and a new secret; for ``overlap_hours`` the old one signs as well.

    Raises Missing.
    """
    principal.require("webhooks:write")
    secret = new_secret()
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        old = {"sealed_old_secret": endpoint.sealed_secret, "old_secret_until": _in(overlap_hours)}
        _update(
            endpoint,
            sealed_secret=seal(secret, purpose=WEBHOOK_SECRET),
            updated_at=Now(),
            **(old if overlap_hours else {"sealed_old_secret": "", "old_secret_until": None}),
        )
        _record(endpoint, principal, AuditAction.WEBHOOK_SECRET_ROTATED)
    return endpoint, secret


def disable_endpoint(*, principal: Principal | User, endpoint_id: UUID) -> WebhookEndpoint:
    """Send nothing until it is turned on again; what waits is given up. Raises Missing."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if endpoint.is_enabled:
            _disable(endpoint, WebhookEndpoint.DisabledReason.BY_HAND)
            _record(endpoint, principal, AuditAction.WEBHOOK_DISABLED, reason="by_hand")
    return endpoint


def enable_endpoint(*, principal: Principal | User, endpoint_id: UUID) -> WebhookEndpoint:
    """Send again, from now on; what was missed can be replayed. Raises Missing."""
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if not endpoint.is_enabled:
            fresh = {"failures": 0, "failing_since": None, "paused_until": None}
            _update(endpoint, disabled_at=None, disabled_reason="", told_at=None, **fresh)
            _record(endpoint, principal, AuditAction.WEBHOOK_ENABLED)
    return endpoint


def send_test(*, principal: Principal, endpoint_id: UUID) -> WebhookDelivery:
    """Send a test event to this endpoint alone, once. Raises Missing and EndpointDisabled."""
    principal.require("webhooks:write")
    with transaction.atomic():
        endpoint = _locked(principal, endpoint_id)
        if not endpoint.is_enabled or endpoint.kind == WebhookEndpoint.Kind.CALLBACK:
            raise EndpointDisabled
        event = emit(
            tenant_id=endpoint.tenant_id,
            type=TEST,
            subject=f"webhook_test:{uuid4()}",
            payload={"webhook_endpoint_id": str(endpoint.pk), "message": "This is a test."},
            request_id=current_request_id(),
        )
        type(event).objects.filter(pk=event.pk).update(published_at=Now(), deliveries=1)
        return WebhookDelivery.objects.create(
            tenant_id=endpoint.tenant_id,
            endpoint=endpoint,
            event=event,
            event_type=TEST,
            cause=WebhookDelivery.Cause.TEST,
        )


def disable_failed(*, endpoint_id: UUID, reason: WebhookEndpoint.DisabledReason) -> bool:
    """Turn an endpoint off that has failed too long, or is gone; return whether that was news.

    Owners and admins are mailed (accounts/webhooks/tidying.py), other endpoints are told.
    """
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if not endpoint.is_enabled:
            return False
        _disable(endpoint, reason)
        emit(
            tenant_id=endpoint.tenant_id,
            type=DISABLED,
            # It may happen again, and then it is another fact.
            subject=f"webhook_endpoint:{endpoint.pk}:{uuid4().hex[:12]}",
            payload={"id": str(endpoint.pk), "url": _origin(endpoint), "reason": str(reason)},
        )
        notify(
            tenant_id=endpoint.tenant_id,
            kind=NotificationKind.ENDPOINT_DISABLED,
            text=f"The webhook endpoint at {_origin(endpoint)} was turned off",
            path=reverse("accounts:webhook", args=[endpoint.pk]),
        )
        _record(endpoint, None, AuditAction.WEBHOOK_DISABLED, reason=str(reason))
    return True


def callback_endpoint(*, tenant_id: UUID) -> None:
    """See that the tenant has what signs deliveries to addresses that single requests name."""
    secret = seal(new_secret(), purpose=WEBHOOK_SECRET)
    callback = WebhookEndpoint.Kind.CALLBACK
    row = WebhookEndpoint(tenant_id=tenant_id, kind=callback, sealed_secret=secret)
    if not WebhookEndpoint.objects.filter(
        tenant_id=tenant_id, kind=callback, deleted_at__isnull=True
    ).exists():
        WebhookEndpoint.objects.bulk_create([row], ignore_conflicts=True)


def _locked(principal: Principal | User, endpoint_id: UUID) -> WebhookEndpoint:
    """Return the endpoint, locked, of somebody who may change it. Raises Missing."""
    endpoints = WebhookEndpoint.objects.select_for_update(no_key=True)
    if isinstance(principal, User):
        if not principal.is_staff:
            raise Forbidden
    else:
        principal.require("webhooks:write")
        endpoints = endpoints.visible_to(principal)
    endpoint = endpoints.filter(pk=endpoint_id, deleted_at__isnull=True).first()
    if endpoint is None:
        raise Missing
    return endpoint


def _update(endpoint: WebhookEndpoint, **changes: Any) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**changes)
    endpoint.refresh_from_db()


def _disable(endpoint: WebhookEndpoint, reason: WebhookEndpoint.DisabledReason) -> None:
    _update(endpoint, disabled_at=Now(), disabled_reason=reason, told_at=None, paused_until=None)
    endpoint.deliveries.filter(state=WebhookDelivery.State.PENDING).update(
        state=WebhookDelivery.State.EXHAUSTED,
        last_error="endpoint_disabled",
        finished_at=Now(),
        lease_token=None,
        lease_until=None,
    )


def _columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a request is kept in which column."""
    columns = {name: given[name] for name in ("url", "description") if name in given}
    if "event_types" in given:
        columns["event_types"] = sorted(set(given["event_types"]))
    if "header" in given:
        name, value = given["header"] or ("", "")
        columns["header_name"] = name
        columns["sealed_header"] = seal(value, purpose=WEBHOOK_HEADER) if name else ""
    return columns


def _in(hours: int) -> Combinable:
    return ExpressionWrapper(Now() + Value(timedelta(hours=hours)), output_field=DateTimeField())


def _origin(endpoint: WebhookEndpoint) -> str:
    """Return of the address what may be written down for ever: behind it secrets may stand."""
    try:
        return read_target(endpoint.url).origin
    except BadAddress:
        return ""


def _record(
    endpoint: WebhookEndpoint, actor: Actor, action: AuditAction, **details: object
) -> None:
    record(
        tenant_id=endpoint.tenant_id,
        actor=actor,
        action=action,
        subject=f"webhook_endpoint:{endpoint.pk}",
        details={"url": _origin(endpoint), **details},
    )
