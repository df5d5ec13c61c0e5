"""Plain functions that make tenants, people, principals and keys for any room's tests."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models.functions import Now
from django.test import Client

from accounts.models import (
    APIKey,
    Invitation,
    LoggedRequest,
    Membership,
    Notification,
    NotificationChoice,
    OutboxEvent,
    RequestTally,
    Role,
    SupportSession,
    Tenant,
    TokenGrant,
    User,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.principal import ROLE_SCOPES, SCOPES, Principal
from accounts.services.access_tokens import read_access_token
from accounts.services.key_changes import create_api_key
from accounts.services.link_tokens import new_link_token
from accounts.services.tokens import Tokens, issue_tokens
from accounts.services.webhook_endpoints import create_endpoint

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_tenant(name: str = "Acme", **fields: Any) -> Tenant:
    """Return a new tenant with a slug of its own."""
    fields.setdefault("slug", f"tenant-{next(_numbers)}")
    return Tenant.objects.create(name=name, **fields)


def make_user(email: str | None = None, *, password: str | None = None, **fields: Any) -> User:
    """Return a new person; hashing is slow, so only who passes ``password`` can sign in."""
    email = email or f"person{next(_numbers)}@example.org"
    return User.objects.create_user(email, password, **fields)


def make_member(role: str = "member", *, tenant: Tenant | None = None, **fields: Any) -> User:
    """Return a new person (``fields`` as in make_user) with ``role`` in ``tenant`` or a new one."""
    user = make_user(**fields)
    Membership.objects.create(user=user, tenant=tenant or make_tenant(), role=Role(role))
    return user


def make_principal(
    role: str = "owner", *, tenant: Tenant | None = None, user: User | None = None
) -> Principal:
    """Return the principal of a member: of ``user``'s first membership, or of a new person."""
    user = user or make_member(role, tenant=tenant)
    membership = Membership.objects.filter(user=user, **({"tenant": tenant} if tenant else {}))[0]
    return Principal(
        tenant_id=membership.tenant_id,
        user_id=user.pk,
        api_key_id=None,
        role=membership.role,
        scopes=ROLE_SCOPES[membership.role],
        environment="live",
    )


def make_api_key(
    tenant: Tenant | None = None,
    *,
    scopes: Iterable[str] = tuple(SCOPES),
    environment: str = "live",
    name: str = "Test key",
    **changes: Any,
) -> tuple[APIKey, str]:
    """Return a new key of ``tenant`` (or a new one) and its text.

    ``changes`` are written past the service, as in ``revoked_at=…``.
    """
    tenant = tenant or make_tenant()
    key, text = create_api_key(
        principal=_everything(tenant), name=name, environment=environment, scopes=set(scopes)
    )
    if changes:
        APIKey.objects.filter(pk=key.pk).update(**changes)
        key.refresh_from_db()
    return key, text


def make_invitation(
    tenant: Tenant, email: str | None = None, **fields: Any
) -> tuple[Invitation, str]:
    """Return an open invitation, which nobody has mailed, and its link's text."""
    text, digest = new_link_token()
    fields = {"role": Role.MEMBER, "expires_at": Now() + timedelta(days=7), **fields}
    email = email or f"invited{next(_numbers)}@example.org"
    made = Invitation.objects.create(tenant=tenant, email=email, digest=digest, **fields)
    made.refresh_from_db()
    return made, text


def make_tokens(
    user: User, *, tenant: Tenant | None = None, scopes: Iterable[str] = ()
) -> tuple[TokenGrant, Tokens]:
    """Return a new log-in of a program, and its tokens: of ``user``'s first membership, or so."""
    membership = Membership.objects.filter(user=user, **({"tenant": tenant} if tenant else {}))[0]
    tokens = issue_tokens(user=user, membership=membership, scopes=set(scopes))
    return TokenGrant.objects.get(pk=read_access_token(tokens.access_token).grant_id), tokens


def bearer(text: str) -> dict[str, str]:
    """Return the keyword arguments that make a Django test client send a key or a token."""
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def new_browser() -> Client:
    """Return a browser at an address of its own: limits on attempts count addresses."""
    return Client(REMOTE_ADDR=str(IPv6Address(secrets.randbits(128))))


def signed_in(user: User, **defaults: Any) -> Client:
    """Return a browser in which ``user`` is signed in."""
    client = Client(**defaults)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def make_webhook_endpoint(
    tenant: Tenant | None = None, *, url: str = "https://hooks.example.com/countermark", **more: Any
) -> tuple[WebhookEndpoint, str]:
    """Return a new endpoint of ``tenant`` (or a new one) and its secret.

    ``header``, ``event_types`` and ``description`` are given to the service, the rest is written
    past it.
    """
    tenant = tenant or make_tenant()
    served = ("header", "event_types", "description")
    given = {name: more.pop(name) for name in served if name in more}
    endpoint, secret = create_endpoint(principal=_everything(tenant), url=url, **given)
    if more:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**more)
        endpoint.refresh_from_db()
    return endpoint, secret


def make_notification(user: User, **fields: Any) -> Notification:
    """Tell ``user``, in their first workspace, of a batch, and let them have chosen to be told."""
    place = Membership.objects.filter(user=user)[0]
    fields = {"kind": "batch_ended", "text": "A batch has ended", "path": "/batches/", **fields}
    NotificationChoice.objects.get_or_create(
        tenant_id=place.tenant_id,
        membership=place,
        kind=fields["kind"],
        defaults={"in_app": True, "mail": False},
    )
    return Notification.objects.create(tenant_id=place.tenant_id, membership=place, **fields)


def make_support_session(tenant: Tenant, **fields: Any) -> SupportSession:
    """Return a support session of somebody new, in no browser that there is."""
    fields = {"staff": make_user(is_staff=True), "browser": "0" * 64, **fields}
    in_a_while = Now() + timedelta(minutes=15)
    fields = {"reason": f"Asked by {tenant.name}", "ends_at": in_a_while, **fields}
    return SupportSession.objects.create(tenant=tenant, **fields)


def make_event(tenant: Tenant, *, type: str = "job.succeeded", **fields: Any) -> OutboxEvent:
    """Return a new event, about a job that there is not."""
    number = uuid4()
    fields = {"subject": f"job:{number}", "payload": {"id": str(number)}, **fields}
    return OutboxEvent.objects.create(tenant=tenant, type=type, **fields)


def make_delivery(endpoint: WebhookEndpoint, **fields: Any) -> WebhookDelivery:
    """Return a delivery of a new event to ``endpoint``, waiting unless ``fields`` say more."""
    event = make_event(endpoint.tenant, published_at=Now(), deliveries=1)
    fields = {"cause": "event", "event_type": event.type, **fields}
    return WebhookDelivery.objects.create(
        tenant=endpoint.tenant, endpoint=endpoint, event=event, **fields
    )


def make_attempt(delivery: WebhookDelivery) -> WebhookAttempt:
    """Return a failed attempt at ``delivery``, its first."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(attempt_count=1, last_status=500)
    return WebhookAttempt.objects.create(
        tenant_id=delivery.tenant_id,
        delivery=delivery,
        number=1,
        url=delivery.url or delivery.endpoint.url,
        request_headers={"webhook-id": str(delivery.event.public_id)},
        status=500,
        answer=f"Not now, {delivery.tenant.name}",
        milliseconds=12,
    )


def make_logged_request(tenant: Tenant, **fields: Any) -> LoggedRequest:
    """Return a line of the tenant's request log."""
    tally, _ = RequestTally.objects.get_or_create(tenant=tenant, defaults={"minute": Now()})
    tally.last_number += 1
    tally.save(update_fields=["last_number"])
    usual = {
        "number": tally.last_number,
        "at": Now(),
        "request_id": uuid4().hex,
        "method": "POST",
        "path": "/api/v1/watermark/",
        "status": 202,
        "milliseconds": 14,
    }
    return LoggedRequest.objects.create(tenant=tenant, **usual | fields)


def _everything(tenant: Tenant) -> Principal:
    return Principal(tenant.pk, None, None, None, frozenset(SCOPES), "live")
