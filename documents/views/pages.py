"""The dashboard."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.principal import Principal
from documents.views.access import page
from documents.views.first_steps import first_steps
from documents.views.summary import summarise


@require_safe
@page("usage:read")
def show_dashboard(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What is running, what was done lately, what was used this month."""
    summary = summarise(principal)
    context = {"summary": summary, "steps": first_steps(principal, summary)}
    return render(request, "documents/dashboard.html", context)
