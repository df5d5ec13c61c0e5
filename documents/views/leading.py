"""Where a form that asks for work leads."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.once import do_form_once
from documents.models import Job


def lead_to_job(request: HttpRequest, ask: Callable[[], Job]) -> HttpResponse:
    """Lead to the job that this form asks for; a second click makes no second one."""
    outcome, _ = do_form_once(request, lambda: {"job": str(ask().id)})
    return redirect("documents:job_detail", (outcome or {})["job"])
