"""The pages of presets: all of them, a new one, changing, deleting, the default one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Tenant
from accounts.once import do_form_once
from accounts.principal import Principal
from config.errors import Conflict
from documents.forms import PresetForm
from documents.models import Preset
from documents.queries import (
    DocumentMissing,
    assets_to_choose,
    document_for,
    preset_for,
    presets_for,
)
from documents.services import presets as services
from documents.services.specs import PRESET, inherited_config
from documents.views.access import page
from documents.views.drafts import read_start
from documents.views.mark_facts import mark_facts

PER_PAGE = 25
# The field that names the document whose mark is kept as a preset.
FROM = "from"


@require_safe
@page("presets:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All presets, newest first."""
    found = Paginator(presets_for(principal), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "documents/preset_list.html", {"page": found})


@require_http_methods(["GET", "HEAD", "POST"])
@page("presets:write")
def create(request: HttpRequest, principal: Principal) -> HttpResponse:
    """A new preset; the mark's page sends its values here, and only the name is missing."""
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    start = read_start(tenant, request.POST.get(PRESET, ""))
    origin = _origin(request, principal)
    is_sent = request.method == "POST" and "name" in request.POST
    form = PresetForm(
        request.POST if is_sent else None,
        initial=request.POST.dict(),
        defaults=start.config,
        assets=assets_to_choose(principal),
    )
    if is_sent and form.is_valid():
        try:
            outcome, _ = do_form_once(request, lambda: _create(principal, form))
        except Conflict as error:
            form.add_error("name", error.detail)
        else:
            messages.success(request, f"“{form.cleaned_data['name']}” was saved.")
            return redirect(_after(origin, (outcome or {})["preset"]))
    context = {"form": form, "origin": origin, "start": start.preset}
    return render(
        request, "documents/preset_form.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("presets:read")
def show(request: HttpRequest, principal: Principal, preset_id: uuid.UUID) -> HttpResponse:
    """One preset, and for who may change it the form."""
    preset = preset_for(principal, preset_id)
    if request.method == "POST":
        principal.require("presets:write")
        return _change(request, principal, preset)
    form = _form(principal, preset) if principal.may("presets:write") else None
    return _show(request, principal, preset, form)


@require_POST
@page("presets:write")
def make_default(request: HttpRequest, principal: Principal, preset_id: uuid.UUID) -> HttpResponse:
    """Let it count where none is named, or no more (``default=no``)."""
    is_default = request.POST.get("default") != "no"
    preset = services.change_preset(
        principal=principal, preset_id=preset_id, changes={"is_default": is_default}, seen=None
    )
    now = "every mark begins with it" if is_default else "it counts only where it is named"
    messages.success(request, f"“{preset.name}”: {now}.")
    return redirect("documents:preset_list")


@require_POST
@page("presets:write")
def delete(request: HttpRequest, principal: Principal, preset_id: uuid.UUID) -> HttpResponse:
    """Delete it as it was seen; who has not seen the last change looks at it first."""
    preset = preset_for(principal, preset_id)
    try:
        services.delete_preset(principal=principal, preset_id=preset_id, seen=_seen(request))
    except services.PresetChanged:
        messages.warning(request, "Somebody has changed it meanwhile. Look at it again first.")
        return redirect("documents:preset", preset_id)
    messages.success(request, f"“{preset.name}” was deleted.")
    return redirect("documents:preset_list")


def _create(principal: Principal, form: PresetForm) -> dict[str, Any]:
    values = form.cleaned_data
    preset = services.create_preset(
        principal=principal,
        name=values["name"],
        config=form.config,
        is_default=values["is_default"],
    )
    return {"preset": str(preset.pk)}


def _change(request: HttpRequest, principal: Principal, preset: Preset) -> HttpResponse:
    form = _form(principal, preset, request)
    if not form.is_valid():
        return _show(request, principal, preset, form, status=422)
    changes = {name: form.cleaned_data[name] for name in PresetForm.ABOUT}
    try:
        services.change_preset(
            principal=principal,
            preset_id=preset.pk,
            changes=changes | {"config": form.config},
            seen=_seen(request),
        )
    except services.PresetChanged as error:
        theirs = preset_for(principal, preset.pk)
        return _show(request, principal, theirs, form, status=error.status, is_late=True)
    except services.PresetNameTaken as error:
        form.add_error("name", error.detail)
        return _show(request, principal, preset, form, status=422)
    messages.success(request, "Saved.")
    return redirect("documents:preset", preset.pk)


def _form(principal: Principal, preset: Preset, request: HttpRequest | None = None) -> PresetForm:
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    return PresetForm(
        request.POST if request else None,
        initial={name: getattr(preset, name) for name in PresetForm.ABOUT},
        defaults=inherited_config(tenant=tenant, preset=preset.pk),
        assets=assets_to_choose(principal),
        kept=preset.config,
    )


def _show(
    request: HttpRequest,
    principal: Principal,
    preset: Preset,
    form: PresetForm | None,
    *,
    status: int = 200,
    is_late: bool = False,
) -> HttpResponse:
    context = {
        "preset": preset,
        "form": form,
        "is_late": is_late,
        "facts": mark_facts(principal, preset.config),
        # A mistake does not bring a newer version with it; seeing theirs does.
        "version": preset.version if is_late else request.POST.get("version", preset.version),
    }
    return render(request, "documents/preset.html", context, status=status)


def _seen(request: HttpRequest) -> set[int]:
    """Return the version that the form was drawn with."""
    text = request.POST.get("version", "")
    return {int(text)} if text.isascii() and text.isdigit() and len(text) < 10 else set()


def _origin(request: HttpRequest, principal: Principal) -> str:
    """Return the id of the document that the mark was made on; empty for none of this tenant."""
    try:
        return str(document_for(principal, uuid.UUID(request.POST.get(FROM, ""))).pk)
    except (ValueError, DocumentMissing):
        return ""


def _after(origin: str, preset_id: str) -> str:
    if not origin:
        return reverse("documents:preset_list")
    return f"{reverse('documents:watermark', args=[origin])}?{PRESET}={preset_id}"
