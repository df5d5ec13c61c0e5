"""The steps to a batch: documents, mark, check, start. Each is a form that carries the others.

Nothing is kept before the start, so that nothing is left behind by who goes away; what the mark
looks like and comes to is told in the lane of looks, as for one document (marking.py).
"""

from __future__ import annotations

import base64
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.once import do_form_once
from accounts.principal import Principal
from config.errors import DomainError
from config.wire.gone import gone_of
from documents.models.batch import ITEMS_MAX
from documents.queries import documents_for
from documents.services.batch_forecast import forecast_batch
from documents.services.batch_items import process_documents
from documents.services.forecast import forecast
from documents.views.access import View, page
from documents.views.batch_choice import CHOSEN, Choice, choose, read_choice
from documents.views.batch_drafts import BatchDraft, read_batch_draft
from documents.views.drafts import presets_to_begin_with
from documents.views.mark_facts import mark_facts
from documents.views.seeing import Unfinished, draw, or_reason, reason_of
from documents.views.taking import Refused, files_of, status_of, take_once, upload_facts

FIRST = "documents:batch_new"
PER_PAGE = 50
SAMPLES_MAX = 50
SHOWN_MAX = 100
OWN_FIELDS = {"csrfmiddlewaretoken", "once", "go", "q", "only", CHOSEN, "shown", "document"}


def _step(view: View) -> View:
    """Give the view its principal; who comes without the form begins at the first step."""

    @wraps(view)
    @page("jobs:write")
    def guarded(request: HttpRequest, principal: Principal) -> HttpResponseBase:
        return view(request, principal) if request.method == "POST" else redirect(FIRST)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@page("jobs:write")
def documents(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Step 1: tick documents, or upload them here; ``?document=`` ticks some beforehand."""
    choice = read_choice(request, principal)
    refused: list[Refused] = []
    if files_of(request):
        accepted, refused = take_once(request, principal)
        names = [*(str(each.pk) for each in choice.documents), *(str(e.pk) for e in accepted)]
        choice = choose(principal, names)
    goes_on = request.method == "POST" and request.POST.get("go") == "next"
    if goes_on and choice.is_whole and not refused:
        draft = read_batch_draft(request, principal, is_begun=False, choice=choice)
        if draft:
            return _show_mark(request, principal, draft)
    return _show_documents(request, principal, choice, refused, is_empty_sent=goes_on)


@_step
def mark(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Step 2 again: from the check back, or with another preset."""
    draft = read_batch_draft(request, principal, is_begun=False)
    return _show_mark(request, principal, draft) if draft else _to_documents(request, principal)


@_step
def preview(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Step 2 with the picture in it, for browsers without JavaScript."""
    draft = read_batch_draft(request, principal)
    if draft is None:
        return _to_documents(request, principal)
    if not draft.form.is_valid():
        return _show_mark(request, principal, draft, status=422)
    try:
        picture = base64.b64encode(draw(request, principal, draft)).decode()
        told = _told(request, principal, draft)
    except DomainError as error:
        return _show_mark(request, principal, draft, status=error.status, trouble=reason_of(error))
    return _show_mark(request, principal, draft, picture=picture, **told)


@_step
def picture(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The picture alone, or as JSON what keeps it from being drawn."""
    draft = read_batch_draft(request, principal)
    if draft is None:
        return _to_documents(request, principal)
    return or_reason(
        draft, lambda: HttpResponse(draw(request, principal, draft), content_type="image/png")
    )


@_step
def facts(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The parts of step 2 that tell cost and warnings, drawn for these values."""
    draft = read_batch_draft(request, principal)
    if draft is None:
        return _to_documents(request, principal)

    def told() -> HttpResponse:
        return render(request, "documents/_batch_facts.html", _told(request, principal, draft))

    return or_reason(draft, told)


@_step
def check(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Step 3: what is about to happen, and what it costs."""
    draft = read_batch_draft(request, principal)
    if draft is None or not draft.choice.is_whole:
        return _to_documents(request, principal)
    if not draft.form.is_valid():
        return _show_mark(request, principal, draft, status=422)
    return _show_check(request, principal, draft)


@_step
def start(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Start the batch and lead to its page; a second click makes no second one."""
    draft = read_batch_draft(request, principal)
    if draft is None or not draft.choice.is_whole:
        return _to_documents(request, principal)
    if not draft.form.is_valid():
        return _show_mark(request, principal, draft, status=422)
    try:
        outcome, _ = do_form_once(request, lambda: {"batch": _start(principal, draft)})
    except DomainError as error:
        return _show_check(request, principal, draft, status=error.status, trouble=reason_of(error))
    return redirect("documents:batch", (outcome or {})["batch"])


def _start(principal: Principal, draft: BatchDraft) -> str:
    batch = process_documents(
        principal=principal,
        document_ids=[each.pk for each in draft.choice.documents],
        spec=draft.form.spec,
        title=draft.form.cleaned_data["title"],
        client_refs=draft.form.cleaned_data["references"],
    )
    return str(batch.pk)


def _told(request: HttpRequest, principal: Principal, draft: BatchDraft) -> dict[str, Any]:
    """Return what the batch comes to, and what the engine says of the one document tried."""
    if not draft.form.is_valid():
        raise Unfinished
    spec = draft.form.spec
    told = forecast(
        principal=principal,
        document=draft.document,
        spec=spec,
        should_stop=gone_of(request.META),
    )
    batch = forecast_batch(principal=principal, documents=draft.choice.documents, spec=spec)
    return {"forecast": told, "batch": batch}


def _to_documents(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Lead back to the first step: nothing is chosen, or something of it is gone."""
    return _show_documents(request, principal, read_choice(request, principal), [], True)


def _show_documents(
    request: HttpRequest,
    principal: Principal,
    choice: Choice,
    refused: list[Refused],
    is_empty_sent: bool = False,
) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    go, query = given.get("go", ""), given.get("q", "").strip()[:255]
    only = choice.documents and go != "all" and (go == "chosen" or given.get("only") == "yes")
    found = documents_for(principal, search=query)
    if only:
        found = found.filter(pk__in=choice.ids)
    asked = go.removeprefix("page:") if go.startswith("page:") else "1"
    is_empty = is_empty_sent and not choice.documents
    context = {
        **upload_facts(principal),
        "choice": choice,
        "page": Paginator(found, PER_PAGE).get_page(asked),
        "query": query,
        "only": bool(only),
        "refused": refused,
        "is_empty": is_empty,
        "items_max": ITEMS_MAX,
        "carried": _carried(request),
    }
    status = status_of(refused) if refused else 422 if is_empty or not choice.is_whole else 200
    return render(request, "documents/batch_documents.html", context, status=status)


def _show_mark(
    request: HttpRequest, principal: Principal, draft: BatchDraft, *, status: int = 200, **seen: Any
) -> HttpResponse:
    told = seen.get("forecast")
    context = {
        "document": draft.document,
        "draft": draft,
        "form": draft.form,
        "choice": draft.choice,
        "samples": draft.choice.documents[:SAMPLES_MAX],
        "presets": presets_to_begin_with(principal),
        "preview_url": reverse("documents:batch_preview"),
        "pages": (told and told.pages) or draft.document.page_count,
        **seen,
    }
    return render(request, "documents/batch_mark.html", context, status=status)


def _show_check(
    request: HttpRequest, principal: Principal, draft: BatchDraft, *, status: int = 200, **seen: Any
) -> HttpResponse:
    context = {
        "draft": draft,
        "choice": draft.choice,
        "mark": mark_facts(principal, draft.form.spec.as_dict()),
        "title": draft.form.cleaned_data["title"],
        "carried": _carried(request),
        **seen,
    }
    try:
        context |= _told(request, principal, draft)
    except DomainError as error:  # what could be tried is only a help
        spec, chosen = draft.form.spec, draft.choice.documents
        context["batch"] = forecast_batch(principal=principal, documents=chosen, spec=spec)
        context["untried"] = reason_of(error)
    unfit = context["batch"].unfit
    context["lines"] = [
        (document, reference, unfit.get(document.pk, ""))
        for document, reference in draft.pairs[:SHOWN_MAX]
    ]
    context["more"] = max(0, len(draft.choice.documents) - SHOWN_MAX)
    return render(request, "documents/batch_check.html", context, status=status)


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the other steps, as they were sent."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OWN_FIELDS
        for value in values
    ]
