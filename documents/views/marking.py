"""The page of a mark: its form, what it looks like, what it comes to.

What is seen and told is made by the engine itself, in the lane of looks (documents/api/
looking_lane.py). Without JavaScript the whole page is drawn again around the picture; with it
(static/js/mark_editor.js) picture and facts are fetched apart.
"""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.principal import Principal
from config.errors import DomainError
from config.request_id import current_request_id
from config.wire.gone import gone_of
from documents.services.forecast import forecast
from documents.services.jobs import submit_job
from documents.views.access import page
from documents.views.drafts import Draft, presets_to_begin_with, read_draft
from documents.views.leading import lead_to_job
from documents.views.seeing import Unfinished, draw, or_reason, reason_of


@require_http_methods(["GET", "HEAD", "POST"])
@page("jobs:write")
def watermark(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The mark's form; sending it starts a job and leads to its page."""
    draft = read_draft(request, principal, document_id)
    form, status = draft.form, 200
    if form.is_bound and form.is_valid():
        try:
            return lead_to_job(
                request,
                lambda: submit_job(
                    principal=principal,
                    document=draft.document,
                    spec=form.spec,
                    request_id=current_request_id(),
                ),
            )
        except DomainError as error:
            form.add_error(None, error.detail)
            status = error.status
    elif form.is_bound:
        status = 422
    return _show(request, principal, draft, status=status)


@require_POST
@page("jobs:write")
def preview(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The same page with the picture in it, for browsers without JavaScript."""
    draft = read_draft(request, principal, document_id)
    if not draft.form.is_valid():
        return _show(request, principal, draft, status=422)
    try:
        picture = base64.b64encode(draw(request, principal, draft)).decode()
        told = _told(request, principal, draft)
    except DomainError as error:
        return _show(request, principal, draft, status=error.status, trouble=reason_of(error))
    return _show(request, principal, draft, picture=picture, **told)


@require_POST
@page("jobs:write")
def picture(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The picture alone, or as JSON what keeps it from being drawn."""
    draft = read_draft(request, principal, document_id)
    return or_reason(
        draft, lambda: HttpResponse(draw(request, principal, draft), content_type="image/png")
    )


@require_POST
@page("jobs:write")
def facts(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The parts of the page that tell cost, warnings and code, drawn for these values."""

    draft = read_draft(request, principal, document_id)

    def told() -> HttpResponse:
        context = {"document": draft.document, **_told(request, principal, draft)}
        return render(request, "documents/_mark_facts.html", context)

    return or_reason(draft, told)


def _told(request: HttpRequest, principal: Principal, draft: Draft) -> dict[str, Any]:
    if not draft.form.is_valid():
        raise Unfinished
    told = forecast(
        principal=principal,
        document=draft.document,
        spec=draft.form.spec,
        should_stop=gone_of(request.META),
    )
    return {"forecast": told, "samples": draft.samples()}


def _show(
    request: HttpRequest, principal: Principal, draft: Draft, *, status: int = 200, **seen: Any
) -> HttpResponse:
    told = seen.get("forecast")
    context = {
        "document": draft.document,
        "form": draft.form,
        "draft": draft,
        "preview_url": reverse("documents:mark_preview", args=[draft.document.pk]),
        "presets": presets_to_begin_with(principal),
        "pages": (told and told.pages) or draft.document.page_count,
        **seen,
    }
    return render(request, "documents/watermark.html", context, status=status)
