"""The workspace's settings: its name, how long copies are kept, its default mark."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role, Tenant
from accounts.principal import Principal
from accounts.queries import get_tenant
from accounts.services.tenants import SettingsChanged, change_tenant
from documents.forms.settings import NONE, DefaultMarkForm, WorkspaceForm
from documents.queries import preset_for, presets_for
from documents.services.data_export import export_workspace
from documents.services.export_place import ExportUnderWay
from documents.views.access import page
from documents.views.mark_facts import mark_facts

PAGE = "documents:settings"
SET, UNSET = "The default mark is set.", "There is no default mark now."
LATE = "Somebody has changed the settings meanwhile. Look at them, and save again."


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization:read")
def show(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The settings, and for who may change them the forms; a POST changes name and keeping."""
    tenant = get_tenant(principal)
    if request.method != "POST":
        return _show(request, principal, tenant)
    principal.require("organization:write")
    form = WorkspaceForm(request.POST, tenant=tenant)
    if not form.is_valid():
        return _show(request, principal, tenant, form, status=422)
    try:
        change_tenant(principal=principal, seen=_seen(request), **form.cleaned_data)
    except SettingsChanged as error:
        messages.warning(request, LATE)
        return _show(request, principal, get_tenant(principal), form, status=error.status)
    messages.success(request, "Saved.")
    return redirect(PAGE)


@require_POST
@page("organization:write")
def set_default_mark(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Take the default mark from a preset, or have none."""
    principal.require("presets:read")
    form = DefaultMarkForm(request.POST, presets=_presets(principal))
    if not form.is_valid():
        messages.warning(request, "Choose a preset that is there.")
        return redirect(PAGE)
    chosen = form.cleaned_data["preset"]
    mark = {} if chosen == NONE else preset_for(principal, UUID(chosen)).config
    try:
        change_tenant(principal=principal, default_watermark=mark, seen=_seen(request))
    except SettingsChanged:
        messages.warning(request, LATE)
    else:
        messages.success(request, SET if mark else UNSET)
    return redirect(PAGE)


@require_POST
@page("organization:read")
def export(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    """Send all of the workspace's rows as a file; a POST, since the audit log tells of it."""
    name = f"workspace-{timezone.now():%Y-%m-%d}.zip"
    try:
        pieces = export_workspace(principal=principal)
    except ExportUnderWay as error:
        messages.warning(request, error.detail)
        shown = _show(request, principal, get_tenant(principal), status=error.status)
        shown["Retry-After"] = str(error.retry_after_seconds)
        return shown
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _show(
    request: HttpRequest,
    principal: Principal,
    tenant: Tenant,
    form: WorkspaceForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    initial = {"name": tenant.name, "retention_days": tenant.retention_days}
    can_write = principal.may("organization:write")
    context = {
        "tenant": tenant,
        "form": (form or WorkspaceForm(initial=initial, tenant=tenant)) if can_write else None,
        "facts": mark_facts(principal, tenant.default_watermark),
        "above": presets_for(principal, is_default=True).first(),
        "is_owner": principal.role == Role.OWNER,
        "mark_form": DefaultMarkForm(presets=_presets(principal)) if can_write else None,
    }
    return render(request, "documents/settings.html", context, status=status)


def _presets(principal: Principal) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in presets_for(principal).values_list("id", "name")]


def _seen(request: HttpRequest) -> set[int]:
    """Return the version that the form was drawn with."""
    text = request.POST.get("version", "")
    return {int(text)} if text.isascii() and text.isdigit() and len(text) < 10 else set()
