"""Making tenants, and stopping and resuming them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import AuditAction, Tenant, User
from accounts.services.audit import Actor, record
from accounts.services.default_marks import mark_rules
from config.errors import DomainError, Invalid

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger("accounts.tenants")

NAME_LENGTH = 120
RETENTION_DAYS_MOST = 3650
REASON_LENGTH = 300
_SLUG_LENGTH = 48
_ATTEMPTS = 5
_creation: list[Callable[..., None]] = []


def on_creation(hook: Callable[..., None]) -> None:
    """Call ``hook(tenant=…)`` in the transaction that makes a tenant.

    For rooms above this one, which say so as they start.
    """
    _creation.append(hook)


def create_tenant(*, name: str) -> Tenant:
    """Return a new tenant with a slug of its own, made from ``name`` (1–120 characters).

    Other rooms add what is theirs in the same transaction.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH:
        problem = {
            "loc": ["body", "name"],
            "msg": f"Give the workspace a name of 1–{NAME_LENGTH} characters.",
            "type": "value_error",
        }
        raise Invalid(problems=[problem])
    with transaction.atomic():
        tenant = _insert(name)
        for hook in _creation:
            hook(tenant=tenant)
    return tenant


def _insert(name: str) -> Tenant:
    base = slugify(name)[:_SLUG_LENGTH].strip("-_") or "workspace"
    for attempt in range(_ATTEMPTS):
        slug = f"{base}-{get_random_string(6).lower()}" if attempt else base
        try:
            with transaction.atomic():
                return Tenant.objects.create(name=name, slug=slug)
        except IntegrityError:
            continue
    raise RuntimeError("no free slug found")


class SettingsChanged(DomainError):
    """The settings are not what the caller has seen."""

    code = "precondition_failed"
    status = 412
    message = "These settings have been changed meanwhile. Fetch them again."


def change_tenant(
    *,
    principal: Principal,
    name: str | None = None,
    retention_days: int | None = None,
    default_watermark: Mapping[str, Any] | None = None,
    seen: Collection[int] | None = None,
) -> Tenant:
    """Return the principal's tenant with other settings; None leaves one as it is.

    ``default_watermark`` replaces the whole mark. ``seen`` are the versions of the settings that
    may be overwritten, None for any. Raises InsufficientScope, SettingsChanged, and Invalid for
    keeping results longer than the plan allows, or a mark that nobody could draw.
    """
    principal.require("organization:write")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=principal.tenant_id)
        if seen is not None and tenant.settings_version not in seen:
            raise SettingsChanged
        if retention_days and retention_days > tenant.max_retention_days:
            raise _kept_too_long(tenant.max_retention_days)
        wanted = {
            "name": name and name.strip(),
            "retention_days": retention_days,
            "default_watermark": _usable_mark(tenant, default_watermark),
        }
        changed = {
            field: value
            for field, value in wanted.items()
            if value is not None and value != getattr(tenant, field)
        }
        if changed:
            Tenant.objects.filter(pk=tenant.pk).update(**changed)
            tenant.refresh_from_db()  # the version is the database's
            _record(tenant, principal, AuditAction.TENANT_CHANGED, changed)
    return tenant


def _usable_mark(tenant: Tenant, given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if given is None:
        return None
    try:
        mark = mark_rules().check(given)
        mark_rules().hold(mark, tenant_id=tenant.pk)
    except Invalid as error:
        raise mark_problems(error) from error
    return mark


def mark_problems(error: Invalid) -> Invalid:
    """Return the refusal of a mark as it concerns a body that has it as ``default_watermark``."""
    return Invalid(
        problems=[
            {**each, "loc": ["body", "default_watermark", *each["loc"]]} for each in error.problems
        ]
    )


def _kept_too_long(most: int) -> Invalid:
    problem = {
        "loc": ["body", "retention_days"],
        "msg": f"Your plan keeps results for at most {most} days",
        "type": "less_than_equal",
        "ctx": {"le": most},
    }
    return Invalid(problems=[problem])


def suspend_tenant(*, actor: User, tenant: Tenant, reason: str) -> bool:
    """Stop everybody in ``tenant`` from working; return whether that was news.

    ``reason`` is told to who is turned away. From here on nobody gets in, by whatever door, and
    nothing waiting begins; what runs ends, since its pages have been paid for. Raises Invalid
    without a reason.
    """
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LENGTH:
        raise Invalid(f"Give a reason of 1–{REASON_LENGTH} characters.")
    with transaction.atomic():
        working = Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=True)
        changed = working.update(suspended_at=Now(), suspended_reason=reason)
        if changed:
            _record(tenant, actor, AuditAction.TENANT_SUSPENDED, {"reason": reason})
    if changed:
        log.warning("tenant_suspended", tenant=str(tenant.pk), actor=str(actor.pk))
    return bool(changed)


def resume_tenant(*, actor: User, tenant: Tenant, reason: str = "") -> bool:
    """Let everybody in ``tenant`` work again; return whether that was news."""
    details = {"reason": reason} if reason else {}
    with transaction.atomic():
        stopped = Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=False)
        changed = stopped.update(suspended_at=None, suspended_reason="")
        if changed:
            _record(tenant, actor, AuditAction.TENANT_RESUMED, details)
    if changed:
        log.warning("tenant_resumed", tenant=str(tenant.pk), actor=str(actor.pk))
    return bool(changed)


def _record(
    tenant: Tenant, actor: Actor, action: AuditAction, details: dict[str, Any] | None = None
) -> None:
    record(
        tenant_id=tenant.pk,
        actor=actor,
        action=action,
        subject=f"tenant:{tenant.pk}",
        details=details,
    )
