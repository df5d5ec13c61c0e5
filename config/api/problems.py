"""The one place that turns refusals into HTTP: JSON under ``/api/``, pages elsewhere.

The shape is ``{type, title, status, detail, request_id}``; for a 422 ``detail`` lists every bad
field. Who accepts ``application/problem+json`` gets the form of RFC 9457 instead.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import select_template
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt

from config.api.catalogue import title_of
from config.api.rate_headers import rate_headers
from config.api.refusals import BadRequest, CsrfFailed, InternalError, RateLimited, refusal_of
from config.errors import DomainError, Forbidden, Invalid, Missing, Unauthenticated
from config.middleware import GetResponse
from config.request_id import current_request_id

log = structlog.get_logger("problems")
PROBLEM_TYPE = "application/problem+json"


def problem_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return ``error`` as JSON for programs, as a page for people."""
    response = _json(request, error) if wants_json(request) else _page(request, error)
    headers = {**waiting_headers(error), **rate_headers(error.context.get("taken"))}
    for name, value in headers.items():
        response[name] = value
    if challenge := challenge_of(error):
        response["WWW-Authenticate"] = challenge
    response["Cache-Control"] = "no-store"
    return response


def waiting_headers(error: DomainError) -> dict[str, str]:
    """Return ``Retry-After`` where trying again later will work."""
    seconds = error.context.get("retry_after_seconds", getattr(error, "retry_after_seconds", None))
    return {} if seconds is None else {"Retry-After": str(max(1, int(seconds)))}


def challenge_of(error: DomainError) -> str | None:
    """Return how to authenticate (RFC 9110, 11.6.1), and what was wrong with how it was tried.

    Without a credential it says no error (RFC 6750, 3). None where another would not help.
    """
    parts = ['Bearer realm="countermark"']
    if isinstance(error, Unauthenticated):
        if error.bearer_error:
            parts += [f'error="{error.bearer_error}"', f'error_description="{error.message}"']
    elif scope := error.context.get("scope"):
        parts += ['error="insufficient_scope"', f'scope="{scope}"']
    else:
        return None
    return ", ".join(parts)


def wants_json(request: HttpRequest) -> bool:
    """Tell whether a program asks: the API, or a script of our pages."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or (
        "text/html" not in accept and ("application/json" in accept or PROBLEM_TYPE in accept)
    )


def detail_of(error: DomainError) -> str | list[dict[str, Any]]:
    """Return the sentence, or the list of bad fields of a validation error."""
    if not isinstance(error, Invalid):
        return error.detail
    if error.problems:
        return [dict(problem) for problem in error.problems]
    if error.code == Invalid.code:
        return [{"loc": ["body"], "msg": error.detail, "type": "value_error"}]
    return error.detail


def _json(request: HttpRequest, error: DomainError) -> JsonResponse:
    body: dict[str, Any] = {
        "type": error.code,
        "title": title_of(error),
        "status": error.status,
        "detail": detail_of(error),
        "request_id": current_request_id(),
        **{name: error.context[name] for name in error.told if name in error.context},
    }
    content_type = "application/json"
    if PROBLEM_TYPE in request.headers.get("Accept", ""):
        body, content_type = _rfc_9457(request, error, body), PROBLEM_TYPE
    response = JsonResponse(
        body,
        status=error.status,
        content_type=content_type,
        json_dumps_params={"separators": (",", ":")},
    )
    response["Vary"] = "Accept"
    return response


def _rfc_9457(request: HttpRequest, error: DomainError, body: dict[str, Any]) -> dict[str, Any]:
    """Return RFC 9457's members; the code and the bad fields are extension members."""
    fields = {"errors": body["detail"]} if isinstance(body["detail"], list) else {}
    return {
        **body,
        "type": f"{settings.PUBLIC_URL}/docs/errors#{error.code}",
        "detail": error.detail,
        "instance": request.path,
        "code": error.code,
        **fields,
    }


def _page(request: HttpRequest, error: DomainError) -> HttpResponse:
    names = [f"{error.status}.html", "500.html" if error.status >= 500 else "400.html"]
    context = {
        "status": error.status,
        "title": title_of(error),
        "detail": error.detail,
        "request_id": current_request_id(),
        "site_name": "Countermark",
    }
    # In an outage the request's context (who is signed in?) would ask the dead database again.
    asking = None if error.status >= 500 else request
    try:
        content = select_template(names).render(context, asking)
    except TemplateDoesNotExist:
        content = format_html(
            "<!doctype html><title>{title}</title><h1>{title}</h1><p>{detail}</p>"
            "<p>{request_id}</p>",
            **context,
        )
    return HttpResponse(content, status=error.status)


class RefusalsBecomeAnswers:
    """Middleware: a refusal raised by any view is answered, not logged as a crash."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Pass the request on; ``process_exception`` does the work."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a ``DomainError`` or an outage; leave everything else to Django."""
        error = refusal_of(exception)
        return problem_response(request, error) if error else None


def handle_exception(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's ``EXCEPTION_HANDLER``: answer what we know; None lets ``server_error`` run.

    No roll-back here: without ``ATOMIC_REQUESTS`` each service owns its transaction.
    """
    error = refusal_of(exc)
    return problem_response(context["request"]._request, error) if error else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``: suspicious requests (a wrong Host, too many fields)."""
    return problem_response(request, refusal_of(exception) or BadRequest())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return problem_response(request, Forbidden())


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``."""
    return problem_response(request, Missing())


@csrf_exempt  # nothing is done, and 403 would say that there is something
def unknown_path(request: HttpRequest) -> HttpResponse:
    """View of every path under ``/api/`` that nothing else serves, for every method."""
    raise Missing


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """``handler429``, which allauth looks for: attempts at logging in or signing up."""
    return problem_response(request, RateLimited())


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: an outage is a 503 that may be tried again; never a trace."""
    return problem_response(request, refusal_of(sys.exception()) or InternalError())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: the reason is for the log, not for the visitor."""
    log.warning("csrf_failed", reason=reason, path=request.path)
    return problem_response(request, CsrfFailed())
