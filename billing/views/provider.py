"""Between us and the payment provider: its webhooks, its pages, and the way back from them."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.access import principal_required
from accounts.services.attempts import Allowance, seconds_until_reset, take_attempt
from billing.providers import PaymentUnavailable, current, provider_for
from billing.providers.interface import BadProviderEvent
from config.caller import current_network
from config.errors import Conflict

BODY_MAX_BYTES = 512 * 1024
# Of what is not signed; what is signed is not counted.
FORGED = Allowance("provider-events", 30, timedelta(minutes=1))


@csrf_exempt  # no session counts here: the signature says who sends it
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """Take a provider's webhook in: 200 once it is kept, so that it is not sent again."""
    if len(request.body) > BODY_MAX_BYTES:
        return _refused(413, "The event is too large.")
    signature = request.headers.get("Stripe-Signature", "")
    try:
        current().receive(body=request.body, signature=signature)
    except BadProviderEvent as error:
        network = current_network()
        if not take_attempt(allowance=FORGED, subject=network):
            answer = _refused(429, "Too many events that are not signed.")
            seconds = seconds_until_reset(allowance=FORGED, subject=network)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        return _refused(400, error.detail)
    return JsonResponse({"received": True})


@principal_required("billing:write")
@require_POST
def portal(request: HttpRequest) -> HttpResponse:
    """Lead to the page on which invoices and cards are."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    try:
        url = provider_for(principal).open_portal(principal=principal)
    except (Conflict, PaymentUnavailable) as error:
        messages.warning(request, error.detail)
        return redirect("billing:plan")
    if url is None:
        messages.info(request, "This workspace pays nothing through a payment service.")
        return redirect("billing:plan")
    return leave_for(request, url)


@principal_required("billing:read")
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """Show the plan; what was paid is looked at by the relay, not while somebody waits."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    if current().refresh(principal=principal):
        messages.info(
            request, "Thank you. Your payment is being confirmed; your plan follows in a moment."
        )
    return redirect("billing:plan")


def leave_for(request: HttpRequest, url: str) -> HttpResponse:
    """Show a page that goes on to the provider's.

    Not a redirect: a form of ours may lead to our own pages only (Content-Security-Policy).
    """
    return render(request, "billing/leave.html", {"url": url})


def _refused(status: int, message: str) -> HttpResponse:
    return JsonResponse({"error": message}, status=status)
