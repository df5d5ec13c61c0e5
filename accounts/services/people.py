"""Changing people, and which of their tenants they work in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Membership, User
from config.database.reach import all_tenants
from config.errors import Forbidden, Missing

if TYPE_CHECKING:
    from accounts.principal import Principal


class NoWorkspace(Forbidden):
    """Somebody signed in who belongs to no tenant (staff, or a removed member)."""

    code = "no_workspace"
    message = "You do not belong to a workspace."


def change_email(*, user: User) -> None:
    """Save ``user`` under a new address (already set) and forget the old one.

    allauth keeps addresses of its own, with which people may log in and reset passwords: an
    address that was taken away must not go on doing that.
    """
    with transaction.atomic():
        user.save()
        EmailAddress.objects.filter(user=user).delete()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a tenant knows them."""

    id: UUID
    name: str
    email: str
    role: str
    status: str
    created_at: datetime


def row_of_member(membership: Membership) -> PersonRow:
    """Return a member, whose user is at hand."""
    user = membership.user
    return PersonRow(
        user.pk, user.name, user.email, membership.role, "active", membership.created_at
    )


def rename_person(*, principal: Principal, name: str) -> None:
    """Change the name of who asks. Raises Missing for a key."""
    if principal.user_id is None:
        raise Missing
    User.objects.filter(pk=principal.user_id).update(name=name.strip())


@all_tenants()  # the other tenants of the same person
def choose_tenant(*, user: User, tenant_id: UUID) -> Membership:
    """Return the membership with which ``user`` may work in the tenant. Raises Missing."""
    membership = (
        Membership.objects.filter(user=user, tenant=tenant_id).select_related("tenant").first()
    )
    if membership is None:
        raise Missing
    return membership
