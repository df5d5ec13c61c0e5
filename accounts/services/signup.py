"""Signing up: a person, their tenant and its ownership, all or nothing."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from accounts.models import AuditAction, Membership, Role, Tenant, User
from accounts.services.audit import record
from accounts.services.tenants import NAME_LENGTH, create_tenant
from config.database.reach import all_tenants
from config.errors import Conflict


class EmailTaken(Conflict):
    """Somebody else has signed up with this address."""

    code = "email_taken"
    message = "Somebody has already signed up with this e-mail address."


@all_tenants()  # the tenant is new
def sign_up(*, email: str, password: str, name: str = "", workspace: str = "") -> Membership:
    """Return a new person's ownership of a new tenant, called ``workspace`` or after them.

    The caller has checked the password against the validators. Raises EmailTaken.
    """
    user = User(email=email.strip().lower(), name=name.strip())
    user.set_password(password)  # slow on purpose, hence before the transaction
    return open_workspace(user=user, workspace=workspace)


@all_tenants()
def open_workspace(*, user: User, workspace: str) -> Membership:
    """Save a new person, who has a password, with a tenant of their own. Raises EmailTaken."""
    workspace = workspace.strip() or f"{user.get_short_name()}'s workspace"[:NAME_LENGTH]
    with transaction.atomic():
        _insert(user)
        tenant = create_tenant(name=workspace)
        membership = Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
        _record(tenant, user)
    return membership


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise EmailTaken from None


def _record(tenant: Tenant, owner: User) -> None:
    record(
        tenant_id=tenant.pk,
        actor=owner,
        action=AuditAction.TENANT_CREATED,
        subject=f"tenant:{tenant.pk}",
    )
    record(
        tenant_id=tenant.pk,
        actor=owner,
        action=AuditAction.MEMBERSHIP_CREATED,
        subject=f"user:{owner.pk}",
        details={"role": Role.OWNER.value},
    )
