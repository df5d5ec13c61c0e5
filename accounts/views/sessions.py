"""Where somebody is signed in, and which tenant they work in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.principal import TENANT_SESSION_KEY
from accounts.services.grants import list_grants
from accounts.services.people import choose_tenant
from accounts.services.sessions import (
    end_log_in,
    end_other_sessions,
    end_session,
    list_sessions,
)
from config.errors import Missing


@require_POST
def tenant_switch(request: HttpRequest) -> HttpResponse:
    """Work in another tenant (POST ``tenant``: its id) from now on, in this browser."""
    tenant_id = _uuid(request.POST.get("tenant", ""))
    if not request.user.is_authenticated:
        raise Missing
    membership = choose_tenant(user=request.user, tenant_id=tenant_id)
    request.session[TENANT_SESSION_KEY] = str(membership.tenant_id)
    return redirect("documents:dashboard")


@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where somebody is signed in."""
    person = _person(request)
    context = {"sessions": list_sessions(user=person), "log_ins": list_grants(user=person)}
    return render(request, "accounts/sessions.html", context)


@login_required
@require_POST
def session_end(request: HttpRequest) -> HttpResponse:
    """Sign out elsewhere: of ``session`` or ``log_in`` (ids), or else everywhere but here."""
    if wanted := request.POST.get("session", ""):
        end_session(user=_person(request), session_id=_number(wanted))
        messages.success(request, "Signed out there.")
    elif wanted := request.POST.get("log_in", ""):
        end_log_in(user=_person(request), grant_id=_uuid(wanted))
        messages.success(request, "Signed out of that program.")
    else:
        ended = end_other_sessions(user=_person(request), session_key=request.session.session_key)
        messages.success(request, f"Signed out of {ended} other session{'s' * (ended != 1)}.")
    return redirect("accounts:sessions")


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Missing
    return request.user


def _uuid(text: str) -> UUID:
    """Return the id that ``text`` is. Raises Missing."""
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None


def _number(text: str) -> int:
    """Return the id that ``text`` is. Raises Missing."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Missing
    return int(text)
