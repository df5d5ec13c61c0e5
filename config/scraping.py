"""``/metrics``: the numbers, for a Prometheus server with the token and for staff."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config.database.reach import all_tenants
from config.metrics.exposition import exposition


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all numbers; 401 for everybody else: they tell how the whole service does."""
    if not (_has_token(request) or _is_staff(request)):
        refusal = HttpResponse("A token is needed.\n", "text/plain; charset=utf-8", 401)
        refusal["WWW-Authenticate"] = 'Bearer realm="countermark metrics"'
        return refusal
    with all_tenants():
        return HttpResponse(exposition(), CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    """Return whether the request shows the token; without one in the settings nobody has it."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(settings.METRICS_TOKEN)
        and scheme.lower() == "bearer"
        and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    )


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return user.is_active and user.is_staff
