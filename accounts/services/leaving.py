"""Deleting one's account: the person goes, what they made stays with its workspaces."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import AuditAction, Membership, PendingSignup, Role, Tenant, User
from accounts.services import mailing
from accounts.services.audit import record
from accounts.services.members import LastOwner
from accounts.services.proofs import require_password
from config.database.reach import all_tenants
from config.errors import Conflict, Invalid, Missing

MAIL = "accounts/email/account_deleted"


class StaffStay(Conflict):
    """What staff have done must go on naming somebody."""

    code = "staff_stay"
    message = "Accounts of staff are closed by a superuser, in the admin."


class WrongEmail(Invalid):
    """Typing one's own address is what shows that nothing else was meant."""

    code = "wrong_email"
    message = "This is not your address."


def delete_account(*, user: User, email: str, password: str) -> None:
    """Delete a person for good: their memberships, sessions, programs' log-ins, second factor.

    What they have made stays the workspaces', and names nobody; the audit logs keep an id alone.
    Raises WrongEmail, WrongPassword, TooManyAttempts, StaffStay, LastOwner (of a workspace that
    nobody else owns) and Missing (a second click).
    """
    if email.strip().lower() != user.email:
        raise WrongEmail
    require_password(user=user, password=password)
    with all_tenants(), transaction.atomic():
        person = User.objects.select_for_update().filter(pk=user.pk).first()
        if person is None:
            raise Missing
        if person.is_staff:
            raise StaffStay
        places = _leave_all(person)
        _record(person, places)
        for session in UserSession.objects.filter(user=person):
            session.end()
        PendingSignup.objects.filter(email=person.email).delete()
        person.delete()
    with suppress(mailing.MailUnavailable):  # they are gone all the same
        mailing.send(MAIL, user.email, {"email": user.email})


def sole_owner_of(user: User) -> list[str]:
    """Return the names of the workspaces that nobody but ``user`` owns."""
    with all_tenants():
        owned = Membership.objects.filter(user=user, role=Role.OWNER).select_related("tenant")
        return [each.tenant.name for each in owned.order_by("pk") if not _has_another(each)]


def _leave_all(person: User) -> list[Membership]:
    """Return the person's places, with all owners beside them locked, in one order for all."""
    tenants = Tenant.objects.filter(memberships__user=person).order_by("pk")
    places = []
    for tenant_id in tenants.values_list("pk", flat=True):
        rows = Membership.objects.filter(tenant_id=tenant_id).order_by("pk")
        # As services/members.py does: who is the last owner is then certain.
        list(rows.filter(role=Role.OWNER).select_for_update(of=("self",)))
        place = rows.filter(user=person).select_for_update(of=("self",)).first()
        if place is None:
            continue
        if place.role == Role.OWNER and not _has_another(place):
            raise LastOwner(
                "You are the only owner of a workspace. Make somebody else its owner first."
            )
        places.append(place)
    return places


def _has_another(place: Membership) -> bool:
    owners = Membership.objects.filter(tenant_id=place.tenant_id, role=Role.OWNER)
    return owners.exclude(pk=place.pk).filter(user__is_active=True).exists()


def _record(person: User, places: list[Membership]) -> None:
    roles: dict[UUID | None, str] = {each.tenant_id: each.role for each in places}
    for tenant_id, role in (roles or {None: ""}).items():
        record(
            tenant_id=tenant_id,
            actor=person,
            action=AuditAction.ACCOUNT_DELETED,
            subject=f"user:{person.pk}",
            details={"role": role} if role else {},
        )
