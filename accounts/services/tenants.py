"""Making tenants, and stopping and resuming them."""

from __future__ import annotations

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import AuditAction, Tenant, User
from accounts.services.audit import record
from config.errors import Invalid

log = structlog.get_logger("accounts.tenants")

NAME_LENGTH = 120
_SLUG_LENGTH = 48
_ATTEMPTS = 5


def create_tenant(*, name: str) -> Tenant:
    """Return a new tenant with a slug of its own, made from ``name`` (1–120 characters)."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        problem = {
            "loc": ["body", "name"],
            "msg": f"Give the workspace a name of 1–{NAME_LENGTH} characters.",
            "type": "value_error",
        }
        raise Invalid(problems=[problem])
    base = slugify(name)[:_SLUG_LENGTH].strip("-_") or "workspace"
    for attempt in range(_ATTEMPTS):
        slug = f"{base}-{get_random_string(6).lower()}" if attempt else base
        try:
            with transaction.atomic():
                return Tenant.objects.create(name=name, slug=slug)
        except IntegrityError:
            continue
    raise RuntimeError("no free slug found")


def suspend_tenant(*, actor: User, tenant: Tenant) -> bool:
    """Stop everybody in ``tenant`` from working; return whether that was news."""
    with transaction.atomic():
        working = Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=True)
        changed = working.update(suspended_at=Now())
        if changed:
            _record(tenant, actor, AuditAction.TENANT_SUSPENDED)
    if changed:
        log.warning("tenant_suspended", tenant=str(tenant.pk), actor=str(actor.pk))
    return bool(changed)


def resume_tenant(*, actor: User, tenant: Tenant) -> bool:
    """Let everybody in ``tenant`` work again; return whether that was news."""
    with transaction.atomic():
        stopped = Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=False)
        changed = stopped.update(suspended_at=None)
        if changed:
            _record(tenant, actor, AuditAction.TENANT_RESUMED)
    if changed:
        log.warning("tenant_resumed", tenant=str(tenant.pk), actor=str(actor.pk))
    return bool(changed)


def _record(tenant: Tenant, actor: User, action: AuditAction) -> None:
    record(tenant_id=tenant.pk, actor=actor, action=action, subject=f"tenant:{tenant.pk}")
