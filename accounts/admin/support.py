"""Support sessions: begun from a tenant's page, ended from everywhere, listed for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.admin.filters import StateFilter
from accounts.admin.pages import StaffPage, add_staff_page, staff_context
from accounts.admin.readonly import LookOnly
from accounts.models import SupportSession, Tenant
from accounts.models.support_session import REASON_LENGTH
from accounts.principal import SUPPORT_SESSION_KEY
from accounts.services.support import (
    ACT,
    ENTER,
    SupportSessionOpen,
    begin_support,
    end_support,
    standing_support,
    was_given,
)
from config.errors import DomainError

MINUTES = (15, 30, 60)


class SupportForm(forms.Form):
    """Why, for how long, and whether to change anything."""

    reason = forms.CharField(max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))
    minutes = forms.TypedChoiceField(
        choices=[(each, f"{each} minutes") for each in MINUTES], coerce=int, label="For"
    )
    may_change = forms.BooleanField(
        required=False, label="I must change something (start, retry or cancel work, presets)"
    )

    def __init__(self, *args: Any, may_act: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_act:
            del self.fields["may_change"]


@require_http_methods(["GET", "HEAD", "POST"])
def support_begin(request: HttpRequest, tenant_id: UUID) -> HttpResponse:
    """Ask for a reason and a time, then go to the tenant's dashboard."""
    staff: Any = request.user
    if not was_given(staff, ENTER):
        raise PermissionDenied
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise Http404
    form = SupportForm(request.POST or None, may_act=was_given(staff, ACT))
    if request.method == "POST" and form.is_valid():
        try:
            _begin(request, tenant, form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.detail)
        else:
            return redirect("documents:dashboard")
    context = staff_context(
        request, f"Support session in {tenant.name}", form=form, tenant=tenant, opts=Tenant._meta
    )
    return render(request, "admin/support.html", context)


@require_POST
def support_end(request: HttpRequest) -> HttpResponse:
    """Leave; a second click finds nothing to end."""
    staff: Any = request.user
    session_id = request.session.pop(SUPPORT_SESSION_KEY, None)
    if session_id is not None:
        end_support(actor=staff, session_id=session_id)
        _new_key(request)
        messages.success(request, "The support session has ended.")
    return redirect("admin:index")


def _begin(request: HttpRequest, tenant: Tenant, given: dict[str, Any]) -> None:
    staff: Any = request.user
    held, key = request.session.get(SUPPORT_SESSION_KEY), request.session.session_key
    if held and standing_support(user=staff, session_id=held, session_key=key):
        raise SupportSessionOpen
    # A sign-in whose key somebody may know, or has set, has no part in it.
    _new_key(request)
    made = begin_support(
        actor=staff, tenant=tenant, session_key=request.session.session_key or "", **given
    )
    request.session[SUPPORT_SESSION_KEY] = str(made.pk)


def _new_key(request: HttpRequest) -> None:
    """Give the sign-in another key, and let the list of sign-ins know."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


class SupportState(StateFilter):
    """Whether somebody is in there."""

    states = {"open": Q(ended_at__isnull=True), "over": Q(ended_at__isnull=False)}


@admin.register(SupportSession)
class SupportSessionAdmin(LookOnly):
    """Who was in whose workspace, and why."""

    list_display = (
        *("began_at", "staff", "tenant", "reason", "may_change"),
        *("ends_at", "ended_at", "ending"),
    )
    list_filter = (SupportState, "ending", "began_at")
    list_select_related = ("staff", "tenant")
    search_fields = ("tenant__name", "tenant__slug", "staff__email", "reason")
    fields = (*("tenant", "staff", "reason", "may_change"), *("began_at", "ends_at"), "ended_at")
    actions = ("stop",)

    @admin.action(description="End selected support sessions", permissions=["change"])
    def stop(self, request: HttpRequest, sessions: QuerySet[SupportSession]) -> None:
        """Put staff out."""
        staff: Any = request.user
        ended = sum(end_support(actor=staff, session_id=each.pk) for each in sessions)
        self.message_user(request, f"{ended} ended.", messages.SUCCESS)


PERMISSION = f"accounts.{ENTER}"
add_staff_page(StaffPage("support/<uuid:tenant_id>/", support_begin, "support_begin", PERMISSION))
# Whoever is in one may leave, whatever has been taken from them since.
add_staff_page(StaffPage("support/end/", support_end, "support_end", ""))
