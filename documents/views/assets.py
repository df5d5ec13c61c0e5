"""The pages of assets: all of them and a new one, one with its name, its picture, deleting it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.once import do_form_once
from accounts.principal import Principal
from accounts.services.idempotency import Outcome
from config.errors import DomainError, Invalid
from config.upload_form import staged_form
from documents.downloads import document_response
from documents.formats.asset_kinds import ACCEPTED, ENDINGS
from documents.models import Asset
from documents.queries import asset_for, assets_for
from documents.services.assets import (
    ASSET_MAX_BYTES,
    ASSETS_MAX,
    AssetInUse,
    create_asset,
    delete_asset,
    presets_using,
    rename_asset,
)
from documents.services.portraits import asset_picture
from documents.views.access import page
from documents.views.seeing import reason_of

PER_PAGE = 24
NAME_MAX = 255
KINDS = (("", "All"), ("image", "Pictures"), ("pdf", "Pages"), ("font", "Fonts"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("presets:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All assets, newest first, or those of ``?kind=``; and what the form for a new one sends."""
    if request.method != "POST":
        return _show_list(request, principal)
    principal.require("presets:write")
    try:
        outcome, _ = do_form_once(request, lambda: _create(request, principal))
    except DomainError as error:
        return _show_list(request, principal, status=error.status, trouble=reason_of(error))
    asset = asset_for(principal, uuid.UUID((outcome or {})["asset"]))
    messages.success(request, f"“{asset.name}” was kept. Marks can be made of it now.")
    return redirect("documents:asset", asset.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@page("presets:read")
def show(request: HttpRequest, principal: Principal, asset_id: uuid.UUID) -> HttpResponse:
    """One asset and who uses it; its new name, if one is sent."""
    asset = asset_for(principal, asset_id)
    if request.method != "POST":
        return _show(request, principal, asset)
    principal.require("presets:write")
    name = request.POST.get("name", "")
    try:
        if len(name) > NAME_MAX:
            raise Invalid(f"At most {NAME_MAX} characters.")
        rename_asset(principal=principal, asset_id=asset.pk, name=name)
    except Invalid as error:
        return _show(request, principal, asset, status=422, name=name, trouble=reason_of(error))
    messages.success(request, "Saved.")
    return redirect("documents:asset", asset.pk)


@require_POST
@page("presets:write")
def delete(request: HttpRequest, principal: Principal, asset_id: uuid.UUID) -> HttpResponse:
    """Delete it, unless something is made of it: then the page says what."""
    asset = asset_for(principal, asset_id)
    try:
        delete_asset(principal=principal, asset_id=asset.pk)
    except AssetInUse as error:
        messages.warning(request, error.detail)
        return redirect("documents:asset", asset.pk)
    messages.success(request, f"“{asset.name}” was deleted.")
    return redirect("documents:asset_list")


@require_safe
@page("presets:read")
def picture(request: HttpRequest, principal: Principal, asset_id: uuid.UUID) -> HttpResponseBase:
    """What it looks like, drawn in the sandbox: the file itself is never shown in a page."""
    asset = asset_for(principal, asset_id)
    etag = f'"portrait-{asset.blob.sha256 if asset.blob else ""}"'
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if answer is None:
        drawn = asset_picture(principal=principal, asset=asset)
        answer = HttpResponse(drawn, content_type="image/png")
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
@page("presets:read")
def download(request: HttpRequest, principal: Principal, asset_id: uuid.UUID) -> HttpResponseBase:
    """The bytes as they were uploaded."""
    asset = asset_for(principal, asset_id)
    media_type = asset.file_format.media_type
    return document_response(request, asset.blob, asset.download_name, media_type)


def _create(request: HttpRequest, principal: Principal) -> Outcome:
    form = staged_form(request)
    files = form.files.get("file", []) if form else []
    if not files:
        raise Invalid("Choose a file.")
    name = request.POST.get("name", "").strip()[:NAME_MAX]
    asset = create_asset(principal=principal, staged=files[0], name=name or None)
    return {"asset": str(asset.pk)}


def _show_list(
    request: HttpRequest, principal: Principal, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    kind = request.GET.get("kind", "")
    known = kind if kind in Asset.Kind.values else None
    found = Paginator(assets_for(principal, kind=known), PER_PAGE)
    context = {
        "page": found.get_page(request.GET.get("page")),
        "kind": kind,
        "kinds": KINDS,
        "trouble": trouble,
        "taken": ACCEPTED,
        "endings": ",".join(sorted({f".{each}" for some in ENDINGS.values() for each in some})),
        "max_bytes": ASSET_MAX_BYTES,
        "assets_max": ASSETS_MAX,
        "is_full": found.count >= ASSETS_MAX,
        "name": request.POST.get("name", ""),
    }
    return render(request, "documents/asset_list.html", context, status=status)


def _show(
    request: HttpRequest,
    principal: Principal,
    asset: Asset,
    *,
    status: int = 200,
    name: str | None = None,
    trouble: str = "",
) -> HttpResponse:
    context = {
        "asset": asset,
        "name": asset.name if name is None else name,
        "trouble": trouble,
        "presets": presets_using(principal=principal, asset=asset),
    }
    return render(request, "documents/asset.html", context, status=status)
