"""Members of a tenant: their roles, and their leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from accounts.models import APIKey, AuditAction, Membership, Role
from accounts.scopes import ROLE_SCOPES
from accounts.services.audit import record
from config.errors import Conflict, Forbidden, Invalid, Missing

if TYPE_CHECKING:
    from accounts.principal import Principal


class LastOwner(Conflict):
    """Without an owner nobody could give the tenant one again."""

    code = "last_owner"
    message = "A workspace needs an owner. Make somebody else one first."


class RoleNotHeld(Forbidden):
    """Somebody tried to give, or to touch, a role above their own."""

    code = "role_not_held"
    message = "Only an owner makes or changes owners, and nobody gives more than they may do."


def change_role(*, principal: Principal, user_id: UUID, role: str) -> Membership:
    """Return a membership with another role. Raises Missing, Invalid, RoleNotHeld, LastOwner."""
    principal.require("members:write")
    with transaction.atomic():
        member = _locked(principal, user_id)
        if role not in Role.values:
            raise Invalid("There is no such role.")
        for each in (member.role, role):
            refuse_role(principal, each)
        if member.role != role:
            if member.role == Role.OWNER:
                _require_another_owner(member)
            old, member.role = member.role, role
            member.save(update_fields=["role"])
            facts = {"role": role, "was": old}
            _record(principal, member, AuditAction.MEMBERSHIP_CHANGED, facts)
    return member


def remove_member(*, principal: Principal, user_id: UUID) -> None:
    """End a membership, and all programs' log-ins with it; everybody may leave by themselves.

    Keys that they have made go on: they are the tenant's. Raises Missing, RoleNotHeld, LastOwner.
    """
    is_own = principal.user_id == user_id
    if not is_own:
        principal.require("members:write")
    with transaction.atomic():
        member = _locked(principal, user_id)
        if not is_own:
            refuse_role(principal, member.role)
        if member.role == Role.OWNER:
            _require_another_owner(member)
        _record(principal, member, AuditAction.MEMBERSHIP_ENDED, {"role": member.role})
        member.delete()


def refuse_role(principal: Principal, role: str) -> None:
    """Raise RoleNotHeld unless the principal may give (or touch) ``role``."""
    above = role == Role.OWNER and principal.role != Role.OWNER
    # People work live and make live keys, which a test key cannot do.
    above |= principal.environment != APIKey.Environment.LIVE
    if above or not ROLE_SCOPES[role] <= principal.scopes:
        raise RoleNotHeld


def _locked(principal: Principal, user_id: UUID) -> Membership:
    """Return the membership, after all owners' rows are locked: who is the last is then certain."""
    rows = Membership.objects.filter(tenant_id=principal.tenant_id).order_by("pk")
    locked = rows.select_for_update(of=("self",)).select_related("user")
    owners = list(locked.filter(role=Role.OWNER))
    member = next((each for each in owners if each.user_id == user_id), None)
    member = member or locked.filter(user_id=user_id).first()
    if member is None:
        raise Missing
    return member


def _require_another_owner(member: Membership) -> None:
    owners = Membership.objects.filter(tenant_id=member.tenant_id, role=Role.OWNER)
    if not owners.exclude(pk=member.pk).filter(user__is_active=True).exists():
        raise LastOwner


def _record(
    principal: Principal, member: Membership, action: AuditAction, details: dict[str, str]
) -> None:
    record(
        tenant_id=member.tenant_id,
        actor=principal,
        action=action,
        subject=f"user:{member.user_id}",
        details=details,
    )
