"""The start page and the dashboard."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.principal import Principal
from documents.views.access import page
from documents.views.first_steps import first_steps
from documents.views.summary import summarise


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the product is; those who are signed in go on to their work."""
    if request.user.is_authenticated:
        return redirect("documents:dashboard")
    return render(request, "documents/landing.html", {"api_root": settings.PUBLIC_URL})


@require_safe
@page("usage:read")
def show_dashboard(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What is running, what was done lately, what was used this month."""
    summary = summarise(principal)
    context = {"summary": summary, "steps": first_steps(principal, summary)}
    return render(request, "documents/dashboard.html", context)
