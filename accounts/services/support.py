"""Support sessions: entering a tenant, leaving it, and being put out in time."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import AuditAction, SupportSession, Tenant, User
from accounts.models.support_session import LONGEST, REASON_LENGTH
from accounts.services.audit import Actor, record
from config.errors import Conflict, Forbidden, Invalid

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger("accounts.support")

ENTER = "enter_tenant"
ACT = "act_in_tenant"
BATCH = 50


class TenantStopped(Conflict):
    """Nobody works in a suspended tenant, staff neither."""

    code = "tenant_stopped"
    message = "This workspace is suspended. Resume it first."


class SupportSessionOpen(Conflict):
    """One at a time: whose banner would it be?"""

    code = "support_session_open"
    message = "You are in a support session already. End it first."


def was_given(user: User, codename: str) -> bool:
    """Whether ``user`` has been given the permission by somebody, themselves or by a group.

    Superusers have every other permission by being what they are; to look into a customer's
    workspace they need this one as everybody does.
    """
    if not (user.is_active and user.is_staff):
        return False
    named = Permission.objects.filter(codename=codename, content_type__app_label="accounts")
    return named.filter(Q(user=user) | Q(group__user=user)).exists()


def begin_support(
    *,
    actor: User,
    tenant: Tenant,
    session_key: str,
    reason: str,
    minutes: int,
    may_change: bool = False,
) -> SupportSession:
    """Let ``actor`` look at the tenant's pages in the browser of ``session_key``.

    ``may_change``: start, retry and cancel work and change presets, too. A session of the same
    person in another browser ends. Raises Forbidden, Invalid, TenantStopped, SupportSessionOpen.
    """
    if not was_given(actor, ENTER) or (may_change and not was_given(actor, ACT)):
        raise Forbidden
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LENGTH or not 0 < minutes <= LONGEST.total_seconds() / 60:
        raise Invalid("Give a reason, and a time of at most an hour.")
    browser = digest_of(session_key)
    try:
        with transaction.atomic():
            _refuse_suspended(tenant)
            _end_former(actor, browser)
            made = SupportSession.objects.create(
                tenant=tenant,
                staff=actor,
                reason=reason,
                may_change=may_change,
                browser=browser,
                ends_at=Now() + timedelta(minutes=minutes),
            )
            details = {"reason": reason, "minutes": minutes, "may_change": may_change}
            _record(made, actor, AuditAction.SUPPORT_BEGAN, details)
    except IntegrityError:  # two at once
        raise SupportSessionOpen from None
    log.warning("support_began", tenant=str(tenant.pk), actor=str(actor.pk))
    made.refresh_from_db()
    return made


def end_support(*, actor: User, session_id: UUID) -> bool:
    """End a session, one's own or another's; return whether that was news."""
    own = SupportSession.objects.filter(pk=session_id, staff=actor).exists()
    ending = SupportSession.Ending.LEFT if own else SupportSession.Ending.STOPPED
    return _end(SupportSession.objects.filter(pk=session_id), actor, ending) > 0


def end_due_support() -> int:
    """End what has lasted for its time (the relay's); return how many there were."""
    due = SupportSession.objects.filter(ended_at__isnull=True, ends_at__lte=Now())
    first = due.order_by("ends_at").values("pk")[:BATCH]
    return _end(SupportSession.objects.filter(pk__in=first), None, SupportSession.Ending.TIME)


def standing_support(*, user: User, session_id: str, session_key: str | None) -> Any:
    """Return the session if it holds now, with its tenant and ``remaining``; else None."""
    if session_key is None or not was_given(user, ENTER):
        return None
    remaining = ExpressionWrapper(F("ends_at") - Now(), output_field=DurationField())
    standing = SupportSession.objects.filter(
        pk=session_id,
        staff=user,
        browser=digest_of(session_key),
        ended_at__isnull=True,
        ends_at__gt=Now(),
        tenant__suspended_at__isnull=True,
    )
    found = standing.select_related("tenant").annotate(remaining=remaining).first()
    return None if found and found.may_change and not was_given(user, ACT) else found


def record_look(*, principal: Principal, method: str, path: str) -> None:
    """Write down that a page was asked for."""
    with transaction.atomic():
        record(
            tenant_id=principal.tenant_id,
            actor=principal,
            action=AuditAction.SUPPORT_LOOKED,
            subject=f"tenant:{principal.tenant_id}",
            details={"page": f"{method} {path[:200]}"},
        )


def digest_of(session_key: str) -> str:
    """Return by what a sign-in is known here: its key itself lets somebody in."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def _refuse_suspended(tenant: Tenant) -> None:
    if Tenant.objects.filter(pk=tenant.pk, suspended_at__isnull=False).exists():
        raise TenantStopped


def _end_former(actor: User, browser: str) -> None:
    former = SupportSession.objects.filter(staff=actor, ended_at__isnull=True)
    _end(former.filter(ends_at__lte=Now()), None, SupportSession.Ending.TIME)
    if former.filter(browser=browser).exists():
        raise SupportSessionOpen
    _end(former, actor, SupportSession.Ending.REPLACED)


def _end(sessions: QuerySet[SupportSession], actor: Actor, ending: str) -> int:
    with transaction.atomic():
        rows = sessions.select_for_update(skip_locked=actor is None, of=("self",))
        open_ones = list(rows.filter(ended_at__isnull=True).order_by("tenant_id"))
        for each in open_ones:
            SupportSession.objects.filter(pk=each.pk).update(ended_at=Now(), ending=ending)
            _record(each, actor, AuditAction.SUPPORT_ENDED, {"ending": ending})
    return len(open_ones)


def _record(
    session: SupportSession, actor: Actor, action: AuditAction, details: dict[str, Any]
) -> None:
    record(
        tenant_id=session.tenant_id,
        actor=actor,
        action=action,
        subject=f"tenant:{session.tenant_id}",
        details={
            "support_session": str(session.pk),
            "on_behalf_of": f"tenant:{session.tenant_id}",
            "staff": str(session.staff_id),
            **details,
        },
    )
