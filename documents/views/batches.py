"""Batches: all of them, watching one, start, cancel, trying failures again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.principal import Principal
from config.errors import Conflict, LimitReached
from documents.batch_queries import batch_for, batches_for, count_to_try_again, has_copies
from documents.models import Batch
from documents.services.batches import cancel_batch, retry_failed, start_batch
from documents.views.access import page
from documents.views.batch_table import read_table
from documents.views.mark_facts import mark_facts

PER_PAGE = 25
STATES = [
    ("", "All"),
    (Batch.State.RUNNING.value, "Running"),
    (Batch.State.COMPLETED.value, "Completed"),
    (Batch.State.COMPLETED_WITH_ERRORS.value, "With errors"),
    (Batch.State.FAILED.value, "Failed"),
    (Batch.State.CANCELLED.value, "Cancelled"),
    (Batch.State.OPEN.value, "Not started"),
]


@require_safe
@page("jobs:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All batches, newest first, or those in ``?state=``."""
    state = request.GET.get("state", "")
    known = state if state in Batch.State.values else None
    found = Paginator(batches_for(principal, state=known), PER_PAGE)
    context = {"page": found.get_page(request.GET.get("page")), "state": state, "states": STATES}
    return render(request, "documents/batch_list.html", context)


@require_safe
@page("jobs:read")
def show(request: HttpRequest, principal: Principal, batch_id: uuid.UUID) -> HttpResponse:
    """One batch and a page of its items; static/js/live.js keeps it true while it runs."""
    batch = batch_for(principal, batch_id)
    context = {
        "batch": batch,
        "table": read_table(batch, request.GET),
        "has_copies": has_copies(batch),
        "to_try_again": count_to_try_again(batch),
        "mark": mark_facts(principal, batch.spec),
    }
    return render(request, "documents/batch.html", context)


@require_POST
@page("jobs:write")
def start(request: HttpRequest, principal: Principal, batch_id: uuid.UUID) -> HttpResponse:
    """Start a batch that a program has filled and left."""
    try:
        start_batch(principal=principal, batch_id=batch_id)
    except (Conflict, LimitReached) as error:
        messages.warning(request, error.detail)
    return redirect("documents:batch", batch_id)


@require_POST
@page("jobs:write")
def cancel(request: HttpRequest, principal: Principal, batch_id: uuid.UUID) -> HttpResponse:
    """Stop what waits and runs."""
    try:
        cancel_batch(principal=principal, batch_id=batch_id)
    except Conflict as error:
        messages.warning(request, error.detail)
    return redirect("documents:batch", batch_id)


@require_POST
@page("jobs:write")
def retry(request: HttpRequest, principal: Principal, batch_id: uuid.UUID) -> HttpResponse:
    """Try again what has no copy."""
    try:
        retry_failed(principal=principal, batch_id=batch_id)
    except (Conflict, LimitReached) as error:
        messages.warning(request, error.detail)
    return redirect("documents:batch", batch_id)
