"""The team: its members, who is invited, and joining."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import principal_required
from accounts.forms import InvitationForm, JoinForm
from accounts.models import Invitation, Role, User
from accounts.principal import TENANT_SESSION_KEY
from accounts.queries import list_people
from accounts.services.invitations import (
    accept_as_new,
    accept_invitation,
    read_invitation,
    revoke_invitation,
)
from accounts.services.link_tokens import InvalidLink
from accounts.services.members import change_role, remove_member
from config.errors import Invalid

INVITATIONS_SHOWN = 100


@never_cache
@principal_required("organization:read")
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """List members and invitations; a POST invites."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = InvitationForm(request.POST or None, principal=principal)
    if request.method == "POST":
        principal.require("members:write")
        if form.is_valid() and form.save():
            messages.success(request, f"{form.cleaned_data['email']} has mail.")
            return redirect("accounts:team")
    open_ones = Invitation.objects.visible_to(principal).working()
    context = {
        "people": list_people(principal),
        "invitations": open_ones[:INVITATIONS_SHOWN],
        "form": form if principal.may("members:write") else None,
        "roles": [each for each in Role.choices if each[0] != "owner" or principal.role == "owner"],
        "self_id": principal.user_id,
    }
    return render(request, "accounts/team.html", context)


@principal_required("members:write")
@require_POST
def member_change(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Give a member another role (POST ``role``)."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    change_role(principal=principal, user_id=user_id, role=request.POST.get("role", ""))
    messages.success(request, "The role is changed.")
    return redirect("accounts:team")


@principal_required()
@require_POST
def member_remove(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Remove a member, or leave."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    remove_member(principal=principal, user_id=user_id)
    if user_id == principal.user_id:
        request.session.pop(TENANT_SESSION_KEY, None)
        return redirect("home")
    messages.success(request, "They are no member any more.")
    return redirect("accounts:team")


@principal_required("members:write")
@require_POST
def invitation_revoke(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    revoke_invitation(principal=principal, invitation_id=invitation_id)
    messages.success(request, "The invitation is taken back.")
    return redirect("accounts:team")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Follow an invitation: as who is signed in, or as somebody new. Looking changes nothing."""
    try:
        invitation = read_invitation(text=token)
    except InvalidLink:
        return render(request, "accounts/join.html", {"invitation": None})
    person = request.user if isinstance(request.user, User) else None
    is_known = person is None and User.objects.filter(email=invitation.email).exists()
    form = JoinForm(request.POST or None, initial={"name": invitation.name})
    if request.method == "POST" and not is_known:
        if person is not None:
            accept_invitation(text=token, user=person)
            return _work_in(request, invitation)
        if form.is_valid() and (member := _join_as_new(form, token)):
            login(request, member, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _work_in(request, invitation)
    context: dict[str, Any] = {"invitation": invitation, "form": form, "is_known": is_known}
    return render(request, "accounts/join.html", context)


def _join_as_new(form: JoinForm, token: str) -> User | None:
    try:
        return accept_as_new(text=token, **form.cleaned_data).user
    except Invalid as error:
        for problem in error.problems:
            form.add_error("password", problem["msg"])
        if not error.problems:
            raise
        return None


def _work_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    request.session[TENANT_SESSION_KEY] = str(invitation.tenant_id)
    messages.success(request, f"Welcome to {invitation.tenant.name}.")
    return redirect("documents:dashboard")
