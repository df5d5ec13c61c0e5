"""Jobs: watching one, cancel, retry, its result."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.principal import Principal
from billing.services.quota import QuotaExceeded
from config.errors import Conflict, LimitReached
from documents.downloads import document_response
from documents.models import Job
from documents.queries import finished_job_for, job_for, jobs_for
from documents.services.jobs import RETRYABLE_STATES, cancel_job, retry_job
from documents.views.access import page
from documents.views.leading import lead_to_job
from documents.views.mark_facts import mark_facts
from documents.watermark.errors import BadSpec, Signed, UnsupportedText

PER_PAGE = 25
# Final, but not for another mark; what else is final lies in the document itself.
LIES_IN_THE_MARK = {error.code for error in (BadSpec, Signed, UnsupportedText)}
STATES = [("", "All"), *((state.value, state.label) for state in Job.State)]


@require_safe
@page("jobs:read")
def show_list(request: HttpRequest, principal: Principal) -> HttpResponse:
    """All jobs, newest first, or those in ``?state=``."""
    state = request.GET.get("state", "")
    known = state if state in Job.State.values else None
    jobs = jobs_for(principal, state=known).select_related("document")
    found = Paginator(jobs, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "state": state, "states": STATES}
    return render(request, "documents/job_list.html", context)


@require_safe
@page("jobs:read")
def show(request: HttpRequest, principal: Principal, job_id: uuid.UUID) -> HttpResponse:
    """One job; static/js/live.js keeps the page true while it runs."""
    job = job_for(principal, job_id)
    document_is_there = job.document.deleted_at is None
    context = {
        "job": job,
        "mark": mark_facts(principal, job.spec),
        "document_is_there": document_is_there,
        "can_retry": document_is_there and _is_worth_a_retry(job),
        "another_mark_helps": document_is_there and _is_worth_another_mark(job),
    }
    return render(request, "documents/job_detail.html", context)


@require_POST
@page("jobs:write")
def cancel(request: HttpRequest, principal: Principal, job_id: uuid.UUID) -> HttpResponse:
    """Stop a job that has not ended."""
    try:
        cancel_job(principal=principal, job=job_for(principal, job_id))
    except Conflict as error:
        messages.warning(request, error.detail)
    return redirect("documents:job_detail", job_id)


@require_POST
@page("jobs:write")
def retry(request: HttpRequest, principal: Principal, job_id: uuid.UUID) -> HttpResponse:
    """Start the same work again, as a new job."""
    try:
        job = job_for(principal, job_id)
        return lead_to_job(request, lambda: retry_job(principal=principal, job=job))
    except (Conflict, LimitReached) as error:
        messages.warning(request, error.detail)
        return redirect("documents:job_detail", job_id)


@require_safe
@page("jobs:read")
def result(request: HttpRequest, principal: Principal, job_id: uuid.UUID) -> HttpResponseBase:
    """The marked copy."""
    job = finished_job_for(principal, job_id)
    return document_response(request, job.result, job.result_file_name, job.result_type)


def _is_worth_a_retry(job: Job) -> bool:
    """Whether the same work could end otherwise: a locked document stays locked."""
    if job.state == Job.State.FAILED:
        return job.error_retryable or job.error_code == QuotaExceeded.code
    return job.state in RETRYABLE_STATES


def _is_worth_another_mark(job: Job) -> bool:
    """Whether other settings could end otherwise: no text opens a locked document."""
    if job.state == Job.State.FAILED:
        return job.error_retryable or job.error_code in LIES_IN_THE_MARK
    return True
