"""Inviting people into a tenant, and joining it.

Whoever invites learns nothing about the address: a person with an account elsewhere and a new one
are answered alike, and both join only by the link that is mailed to them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import (
    AuditAction,
    Invitation,
    Membership,
    NotificationKind,
    Role,
    Tenant,
    User,
)
from accounts.services import mailing
from accounts.services.attempts import Allowance
from accounts.services.audit import Actor, record
from accounts.services.link_tokens import InvalidLink, digest_of_link, new_link_token
from accounts.services.logging_in import log_in
from accounts.services.members import refuse_role
from accounts.services.notifications import notify
from accounts.services.people import PersonRow, row_of_member
from config.database.reach import all_tenants
from config.errors import Conflict, Forbidden, Invalid, Missing

if TYPE_CHECKING:
    from accounts.principal import Principal

LIFETIME = timedelta(days=7)
INVITATIONS_OF_TENANT = Allowance("invitations", 100, timedelta(hours=1))
MAIL = "accounts/email/invitation"


class AlreadyMember(Conflict):
    """The address belongs to a member of the tenant, or is invited."""

    code = "already_member"
    message = "Somebody with this e-mail address is a member or invited already."


class InvitationForAnother(Forbidden):
    """Somebody else's invitation: it is for who owns the address."""

    code = "invitation_for_another"
    message = "This invitation is for another e-mail address. Log in with that account."


def invite(
    *, principal: Principal, email: str, name: str = "", role: str = Role.MEMBER.value
) -> Invitation:
    """Return a new invitation, which was mailed.

    Raises InsufficientScope, RoleNotHeld, AlreadyMember, TooManyAttempts, and MailUnavailable,
    after which there is none.
    """
    principal.require("members:write")
    refuse_role(principal, role)
    email = email.strip().lower()
    mailing.take(INVITATIONS_OF_TENANT, str(principal.tenant_id))
    text, digest = new_link_token()
    with transaction.atomic():
        if Membership.objects.filter(tenant_id=principal.tenant_id, user__email=email).exists():
            raise AlreadyMember
        mine = Invitation.objects.visible_to(principal).open().filter(email=email)
        mine.filter(expires_at__lte=Now()).update(revoked_at=Now())
        invitation = _insert(principal, email, name.strip(), role, digest)
        mailing.take(mailing.MAILS_TO, email)
        _mail(invitation, text)
        _record(invitation, principal, AuditAction.INVITATION_CREATED)
    return invitation


def revoke_invitation(*, principal: Principal, invitation_id: UUID) -> None:
    """Take an invitation back; again is no error. Raises Missing; an accepted one stays so."""
    principal.require("members:write")
    mine = Invitation.objects.visible_to(principal).filter(pk=invitation_id)
    with transaction.atomic():
        changed = mine.open().update(revoked_at=Now())
        invitation = mine.first()
        if invitation is None:
            raise Missing
        if changed:
            _record(invitation, principal, AuditAction.INVITATION_REVOKED)


@all_tenants()  # whose it is, the link says
def read_invitation(*, text: str) -> Invitation:
    """Return the invitation that a link names, with its tenant. Raises InvalidLink."""
    rows = Invitation.objects.working().select_related("tenant", "invited_by")
    invitation = rows.filter(digest=digest_of_link(text), tenant__suspended_at=None).first()
    if invitation is None:
        raise InvalidLink
    return invitation


@all_tenants()
def accept_invitation(*, text: str, user: User) -> Membership:
    """Return the membership of somebody who has an account and has shown that it is theirs.

    Raises InvalidLink and InvitationForAnother.
    """
    with transaction.atomic():
        invitation = _taken(text)
        if user.email != invitation.email:
            raise InvitationForAnother
        return _join(invitation, user)


@all_tenants()
def accept_as_new(*, text: str, name: str, password: str) -> Membership:
    """Return the membership of a new person, whose address the link has shown to be theirs.

    Raises InvalidLink, Invalid (a weak password), InvitationForAnother when there is an account.
    """
    invitation = read_invitation(text=text)
    user = User(
        pk=invitation.person_id,
        email=invitation.email,
        name=name.strip() or invitation.name,
    )
    refuse_weak_password(password, user)
    user.set_password(password)  # slow on purpose, hence before the transaction
    with transaction.atomic():
        invitation = _taken(text)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise InvitationForAnother(
                "There is an account with this e-mail address. Log in with it to join."
            ) from None
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return _join(invitation, user)


@all_tenants()
def accept_with_password(*, text: str, password: str, code: str, name: str) -> PersonRow:
    """Return the member that a program has made of an invitation and a password.

    Where the address has an account it must be that account's; else it makes one. Raises what
    ``log_in`` and ``accept_as_new`` raise.
    """
    email = read_invitation(text=text).email
    if User.objects.filter(email=email).exists():
        user = log_in(email=email, password=password, code=code)
        membership = accept_invitation(text=text, user=user)
    else:
        membership = accept_as_new(text=text, name=name, password=password)
    return row_of_member(membership)


def refuse_weak_password(password: str, user: User, field: str = "password") -> None:
    """Raise Invalid with what the validators say."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = [
            {"loc": ["body", field], "msg": message, "type": "value_error"}
            for message in error.messages
        ]
        raise Invalid(problems=problems) from None


def _insert(principal: Principal, email: str, name: str, role: str, digest: str) -> Invitation:
    try:
        with transaction.atomic():
            return Invitation.objects.create(
                tenant_id=principal.tenant_id,
                email=email,
                name=name,
                role=role,
                digest=digest,
                invited_by_id=principal.user_id,
                expires_at=Now() + LIFETIME,
            )
    except IntegrityError:
        raise AlreadyMember from None


def _taken(text: str) -> Invitation:
    """Return the invitation, which from here to the commit nobody else can accept."""
    rows = Invitation.objects.working().select_for_update(of=("self",))
    invitation = rows.filter(digest=digest_of_link(text), tenant__suspended_at=None).first()
    if invitation is None:
        raise InvalidLink
    return invitation


def _join(invitation: Invitation, user: User) -> Membership:
    membership, is_new = Membership.objects.get_or_create(
        tenant_id=invitation.tenant_id, user=user, defaults={"role": invitation.role}
    )
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=Now(), accepted_by=user)
    if is_new:
        record(
            tenant_id=invitation.tenant_id,
            actor=user,
            action=AuditAction.MEMBERSHIP_CREATED,
            subject=f"user:{user.pk}",
            details={"role": membership.role, "invitation": str(invitation.pk)},
        )
        notify(
            tenant_id=invitation.tenant_id,
            kind=NotificationKind.MEMBER_JOINED,
            text=f"{mailing.harmless_name(user.get_full_name())} has joined the workspace",
            path=reverse("accounts:team"),
            but=user.pk,
        )
    return membership


def _mail(invitation: Invitation, text: str) -> None:
    address = settings.PUBLIC_URL + reverse("account_join", args=[text])
    tenant = Tenant.objects.get(pk=invitation.tenant_id)
    name = mailing.harmless_name(tenant.name)
    context = {"workspace": name, "link": address, "days": LIFETIME.days}
    mailing.send(MAIL, invitation.email, context)


def _record(invitation: Invitation, actor: Actor, action: AuditAction) -> None:
    record(
        tenant_id=invitation.tenant_id,
        actor=actor,
        action=action,
        subject=f"invitation:{invitation.pk}",
        details={"role": invitation.role},  # no address: entries stay, people may not
    )
