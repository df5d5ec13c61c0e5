"""Changing people, and which of their tenants they work in."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Membership, User
from config.database.reach import all_tenants
from config.errors import Forbidden, Missing


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


@all_tenants()  # the other tenants of the same person
def choose_tenant(*, user: User, tenant_id: UUID) -> Membership:
    """Return the membership with which ``user`` may work in the tenant. Raises Missing."""
    membership = (
        Membership.objects.filter(user=user, tenant=tenant_id).select_related("tenant").first()
    )
    if membership is None:
        raise Missing
    return membership
