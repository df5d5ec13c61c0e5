"""The page of a mark: its form, what it looks like, what it comes to.

What is seen and told is made by the engine itself, in the lane of looks (documents/api/
looking_lane.py). Without JavaScript the whole page is drawn again around the picture; with it
(static/js/mark_editor.js) picture and facts are fetched apart.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any

from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.principal import Principal
from config.errors import DomainError, Invalid
from config.request_id import current_request_id
from config.wire.gone import gone_of
from documents.queries import presets_for
from documents.services.forecast import forecast
from documents.services.jobs import submit_job
from documents.services.looking import page_picture
from documents.views.access import page
from documents.views.drafts import NO_PRESET, Draft, read_draft
from documents.views.leading import lead_to_job

# Twice the width at which it is seen on most screens.
WIDTH = 900


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
        picture = base64.b64encode(_draw(request, principal, draft)).decode()
        told = _told(request, principal, draft)
    except DomainError as error:
        return _show(request, principal, draft, status=error.status, trouble=_reason(error))
    return _show(request, principal, draft, picture=picture, **told)


@require_POST
@page("jobs:write")
def picture(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The picture alone, or as JSON what keeps it from being drawn."""
    return _or_reason(
        request,
        principal,
        document_id,
        lambda draft: HttpResponse(_draw(request, principal, draft), content_type="image/png"),
    )


@require_POST
@page("jobs:write")
def facts(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> HttpResponse:
    """The parts of the page that tell cost, warnings and code, drawn for these values."""

    def told(draft: Draft) -> HttpResponse:
        context = {"document": draft.document, **_told(request, principal, draft)}
        return render(request, "documents/_mark_facts.html", context)

    return _or_reason(request, principal, document_id, told)


class _Unfinished(Exception):
    """The form has no mark to show yet; the page as it was needs none."""


def _or_reason(
    request: HttpRequest,
    principal: Principal,
    document_id: uuid.UUID,
    answer: Callable[[Draft], HttpResponse],
) -> HttpResponse:
    draft = read_draft(request, principal, document_id)
    try:
        return answer(draft)
    except _Unfinished:
        return JsonResponse({"errors": draft.form.errors}, status=422)
    except DomainError as error:
        return JsonResponse({"reason": _reason(error)}, status=error.status)


def _draw(request: HttpRequest, principal: Principal, draft: Draft) -> bytes:
    if not draft.is_original and not draft.form.is_valid():
        raise _Unfinished
    return page_picture(
        principal=principal,
        document=draft.document,
        page=draft.page,
        width=WIDTH,
        spec=None if draft.is_original else draft.form.spec,
        should_stop=gone_of(request.META),
    )


def _told(request: HttpRequest, principal: Principal, draft: Draft) -> dict[str, Any]:
    if not draft.form.is_valid():
        raise _Unfinished
    told = forecast(
        principal=principal,
        document=draft.document,
        spec=draft.form.spec,
        should_stop=gone_of(request.META),
    )
    return {"forecast": told, "samples": draft.samples()}


def _reason(error: DomainError) -> str:
    if isinstance(error, Invalid) and error.problems:
        return " ".join(str(problem["msg"]).rstrip(".") + "." for problem in error.problems)
    return error.detail


def _show(
    request: HttpRequest, principal: Principal, draft: Draft, *, status: int = 200, **seen: Any
) -> HttpResponse:
    told = seen.get("forecast")
    context = {
        "document": draft.document,
        "form": draft.form,
        "draft": draft,
        "presets": _presets(principal),
        "pages": (told and told.pages) or draft.document.page_count,
        **seen,
    }
    return render(request, "documents/watermark.html", context, status=status)


def _presets(principal: Principal) -> list[tuple[str, str]]:
    """Return what a mark may begin with, as value and label; nothing where there are none."""
    if not principal.may("presets:read"):
        return []
    rows = presets_for(principal).order_by(Lower("name"))
    named = list(rows.values_list("id", "name", "is_default"))
    default = [("", f"{name} (default)") for _, name, is_default in named if is_default]
    none = [(NO_PRESET if default else "", "No preset")] if named else []
    return [*default, *none, *((str(pk), name) for pk, name, is_default in named if not is_default)]
