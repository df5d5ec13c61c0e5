"""Pages of this room: API keys, the audit log, sessions, and which tenant to work in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import principal_required
from accounts.forms import APIKeyForm
from accounts.models import APIKey, AuditAction, User
from accounts.once import do_form_once
from accounts.principal import TENANT_SESSION_KEY
from accounts.queries import audit_entries_for, read_audit_entries
from accounts.services.api_keys import revoke_api_key
from accounts.services.audit_export import EXPORTED_MOST, export_audit_log
from accounts.services.grants import list_grants
from accounts.services.idempotency import Outcome
from accounts.services.people import choose_tenant
from accounts.services.sessions import (
    end_log_in,
    end_other_sessions,
    end_session,
    list_sessions,
)
from config.errors import Missing

KEYS_SHOWN = 200
ENTRIES_SHOWN = 50


@never_cache
@principal_required()
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the tenant's keys and make new ones.

    The new key's text is in the answer to the POST and nowhere else: a redirect would have to
    keep it somewhere in between.
    """
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = APIKeyForm(principal=principal)
    new_key = None
    if request.method == "POST":
        principal.require("keys:write")
        form = APIKeyForm(request.POST, principal=principal)
        if form.is_valid() and (new_key := _save_once(request, form)):
            form = APIKeyForm(principal=principal)
    context = {
        "keys": APIKey.objects.visible_to(principal)[:KEYS_SHOWN],
        "form": form if principal.may("keys:write") else None,
        "new_key": new_key,
    }
    return render(request, "accounts/api_keys.html", context)


def _save_once(request: HttpRequest, form: APIKeyForm) -> str | None:
    """Return the new key's text; a second click shows the same one."""

    def save() -> Outcome | None:
        text = form.save()
        return {"key": text} if text else None

    outcome, _ = do_form_once(request, save)
    return outcome["key"] if outcome else None


@principal_required("keys:write")
@require_POST
def api_key_revoke(request: HttpRequest, api_key_id: UUID) -> HttpResponse:
    """Stop a key for good."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    key = revoke_api_key(principal=principal, api_key_id=api_key_id)
    messages.success(request, f"{key.name} is revoked and no longer works.")
    return redirect("accounts:api_keys")


@never_cache
@principal_required("audit:read")
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """What happened in the tenant, newest first, or only ``?action=``."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    action = _known_action(request.GET.get("action", ""))
    entries = audit_entries_for(principal, action=action)
    page = Paginator(entries, ENTRIES_SHOWN).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": read_audit_entries(page.object_list),
        "action": action,
        "actions": AuditAction.choices,
        "exported_most": EXPORTED_MOST,
    }
    return render(request, "accounts/audit_log.html", context)


@principal_required("audit:read")
@require_POST
def audit_log_export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file; a POST, since it is an entry of the log itself."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    action = _known_action(request.POST.get("action", ""))
    text = export_audit_log(principal=principal, action=action)
    headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _known_action(text: str) -> str | None:
    return text if text in AuditAction.values else None


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
