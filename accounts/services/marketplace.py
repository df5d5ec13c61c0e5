"""RapidAPI: requests that its proxy sends for its customers, who have no key of ours.

Whoever knows the proxy's secret says who the customer is. The first request of a customer makes
their tenant; a change of their subscription is told to whoever has asked for it (billing).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare

from accounts.models import APIKey, AuditAction, MarketplaceAccount
from accounts.services.api_keys import InvalidCredentials, use_api_key
from accounts.services.audit import record
from accounts.services.key_text import digest_of, new_key_text
from accounts.services.tenants import NAME_LENGTH, create_tenant

log = structlog.get_logger("accounts.marketplace")

PROXY_HEADER = "x-rapidapi-proxy-secret"
USER_HEADER, SUBSCRIPTION_HEADER = "x-rapidapi-user", "x-rapidapi-subscription"
HEADERS = (PROXY_HEADER, USER_HEADER, SUBSCRIPTION_HEADER)
SCOPES = ("documents:read", "documents:write", "jobs:read", "jobs:write", "usage:read")
_USER = re.compile(r"[!-~]{1,120}", re.ASCII)
_SUBSCRIPTION = re.compile(r"[A-Z0-9_-]{0,32}", re.ASCII)

SubscriptionHook = Callable[[UUID, str], None]
_hooks: list[SubscriptionHook] = []


def on_subscription(hook: SubscriptionHook) -> None:
    """Have ``hook(tenant_id, subscription)`` called in the transaction that notes a new one.

    For ``AppConfig.ready``: so billing maps RapidAPI's ``BASIC``, ``PRO``, ``ULTRA``, ``MEGA`` and
    ``CUSTOM`` to its plans. The same one is not told twice.
    """
    if hook not in _hooks:
        _hooks.append(hook)


def is_from_marketplace(headers: Mapping[str, str]) -> bool:
    """Whether a request says that RapidAPI's proxy has sent it, and there is one to be believed."""
    return bool(settings.RAPIDAPI_SECRETS and headers.get(PROXY_HEADER))


def marketplace_key(headers: Mapping[str, str]) -> APIKey:
    """Return the key that stands for the customer of a request, with its tenant loaded.

    Raises InvalidCredentials for a wrong secret and for nonsense, and what a revoked key raises.
    """
    given = headers.get(PROXY_HEADER, "")
    # Each of them, so that the time tells nothing.
    if not any([constant_time_compare(given, secret) for secret in settings.RAPIDAPI_SECRETS]):
        raise InvalidCredentials
    user_name = headers.get(USER_HEADER, "").strip()
    subscription = headers.get(SUBSCRIPTION_HEADER, "").strip().upper()
    if not (_USER.fullmatch(user_name) and _SUBSCRIPTION.fullmatch(subscription)):
        raise InvalidCredentials
    account = _find(user_name) or _provision(user_name, subscription)
    if subscription != account.subscription:
        _note_subscription(account, subscription)
    return use_api_key(account.api_key)


def _find(user_name: str) -> MarketplaceAccount | None:
    together = MarketplaceAccount.objects.select_related("api_key__tenant")
    return together.filter(user_name=user_name).first()


def _provision(user_name: str, subscription: str) -> MarketplaceAccount:
    """Return a new account, or the one that another request has made in the same moment."""
    try:
        with transaction.atomic():
            return _insert(user_name, subscription)
    except IntegrityError:
        account = _find(user_name)
        if account is None:
            raise
        return account


def _insert(user_name: str, subscription: str) -> MarketplaceAccount:
    tenant = create_tenant(name=f"RapidAPI {user_name}"[:NAME_LENGTH])
    text, lookup = new_key_text("live")  # the text ends here: only the proxy speaks for them
    key = APIKey.objects.create(
        tenant=tenant,
        name="RapidAPI",
        environment="live",
        lookup=lookup,
        secret_hmac=digest_of(text),
        scopes=sorted(SCOPES),
    )
    account = MarketplaceAccount.objects.create(
        user_name=user_name, tenant=tenant, api_key=key, subscription=subscription
    )
    _tell(tenant.pk, subscription)
    record(
        tenant_id=tenant.pk,
        actor=None,
        action=AuditAction.TENANT_CREATED,
        subject=f"tenant:{tenant.pk}",
        details={"marketplace": "RapidAPI", "subscription": subscription},
    )
    log.info("marketplace_account_created", tenant=str(tenant.pk), subscription=subscription)
    return account


def _note_subscription(account: MarketplaceAccount, subscription: str) -> None:
    with transaction.atomic():
        rows = MarketplaceAccount.objects.filter(pk=account.pk).exclude(subscription=subscription)
        # Of many requests at once one tells it.
        if rows.update(subscription=subscription, subscribed_at=Now()):
            _tell(account.tenant_id, subscription)


def _tell(tenant_id: UUID, subscription: str) -> None:
    for hook in _hooks:
        hook(tenant_id, subscription)
