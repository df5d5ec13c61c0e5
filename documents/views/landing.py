"""The start page: what the product is, what it costs, and a mark to try on our sample."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.services.plans import offered_plans
from config.api.problems import waiting_headers
from config.caller import current_network
from config.errors import DomainError
from config.wire.gone import gone_of
from documents.forms import TryForm
from documents.services.trying import draw_sample
from documents.views.seeing import reason_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the product is; those who are signed in go on to their work."""
    if request.user.is_authenticated:
        return redirect("documents:dashboard")
    return _landing(request, TryForm())


# Nothing is changed and nobody's rights are used: whoever has a visitor's browser send these gets
# a picture that they cannot see. Without a token the page needs no cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def try_out(request: HttpRequest) -> HttpResponse:
    """The same page with the picture in it, for browsers without JavaScript."""
    if request.method != "POST":
        return redirect("home")
    form = TryForm(request.POST)
    if not form.is_valid():
        return _landing(request, form, status=422)
    try:
        drawn = base64.b64encode(_draw(request, form)).decode()
    except DomainError as error:
        answer = _landing(request, form, status=error.status, trouble=reason_of(error))
        for name, value in waiting_headers(error).items():
            answer[name] = value
        return answer
    return _landing(request, form, picture=drawn)


@csrf_exempt
@require_POST
def picture(request: HttpRequest) -> HttpResponse:
    """The picture alone, or as JSON what keeps it from being drawn."""
    form = TryForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        return HttpResponse(_draw(request, form), content_type="image/png")
    except DomainError as error:
        refusal = {"reason": reason_of(error), "code": error.code}
        return JsonResponse(refusal, status=error.status, headers=waiting_headers(error))


def _draw(request: HttpRequest, form: TryForm) -> bytes:
    stop = gone_of(request.META)
    return draw_sample(network=current_network(), spec=form.spec, should_stop=stop)


def _landing(
    request: HttpRequest, form: TryForm, *, status: int = 200, **seen: Any
) -> HttpResponse:
    plans = offered_plans()
    context = {
        "form": form,
        "plans": plans,
        "first_plan": next((each for each in plans if each.code == settings.DEFAULT_PLAN), None),
        "api_root": settings.PUBLIC_URL,
        **seen,
    }
    return render(request, "documents/landing.html", context, status=status)
