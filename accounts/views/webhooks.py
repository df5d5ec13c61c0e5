"""The webhook pages: endpoints, what was sent to them, and sending it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import principal_required
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.once import do_form_once
from accounts.principal import Principal
from accounts.services import webhook_endpoints as services
from accounts.services.idempotency import Outcome
from accounts.services.webhook_deliveries import replay_delivery
from accounts.webhook_forms import ReplayForm, WebhookEndpointForm
from accounts.webhooks.messages import body_of
from accounts.webhooks.reading import deliveries_for, delivery_for, endpoint_for, endpoints_for
from config.errors import Conflict

READ, WRITE = "webhooks:read", "webhooks:write"
DELIVERIES_SHOWN = 25


@never_cache
@principal_required(READ)
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the endpoints and make new ones; a new one's secret is in this answer alone."""
    principal = _principal(request)
    form, made = WebhookEndpointForm(principal=principal), None
    if request.method == "POST":
        principal.require(WRITE)
        form = WebhookEndpointForm(request.POST, principal=principal)
        if form.is_valid() and (made := _make_once(request, form)):
            form = WebhookEndpointForm(principal=principal)
    context = {
        "endpoints": endpoints_for(principal),
        "form": form if principal.may(WRITE) else None,
        "made": made,
        "secret": made and made["secret"],
    }
    return render(request, "accounts/webhooks.html", context)


@never_cache
@principal_required(READ)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint with its deliveries, and change it."""
    principal = _principal(request)
    endpoint = endpoint_for(principal, endpoint_id)
    form = WebhookEndpointForm(principal=principal, endpoint=endpoint)
    if request.method == "POST":
        principal.require(WRITE)
        form = WebhookEndpointForm(request.POST, principal=principal, endpoint=endpoint)
        if form.is_valid() and form.save():
            messages.success(request, "Saved.")
            return redirect("accounts:webhook", endpoint_id)
    return _show(request, endpoint, form)


@never_cache
@principal_required(WRITE)
@require_POST
def webhook_rotate(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Make a new secret; it is in this answer alone."""
    principal = _principal(request)

    def rotate() -> Outcome:
        _, secret = services.rotate_secret(principal=principal, endpoint_id=endpoint_id)
        return {"secret": secret}

    outcome, _ = do_form_once(request, rotate)
    endpoint = endpoint_for(principal, endpoint_id)
    form = WebhookEndpointForm(principal=principal, endpoint=endpoint)
    return _show(request, endpoint, form, secret=outcome["secret"] if outcome else None)


@principal_required(WRITE)
@require_POST
def webhook_test(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a test event."""
    principal = _principal(request)

    def send() -> Outcome:
        delivery = services.send_test(principal=principal, endpoint_id=endpoint_id)
        return {"delivery": str(delivery.pk)}

    outcome = _or_say_why(request, lambda: do_form_once(request, send)[0])
    if outcome is None:
        return redirect("accounts:webhook", endpoint_id)
    messages.success(request, "A test event is on its way. Reload to see how it went.")
    return redirect("accounts:webhook_delivery", outcome["delivery"])


@principal_required(WRITE)
@require_POST
def webhook_enable(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Turn it on."""
    services.enable_endpoint(principal=_principal(request), endpoint_id=endpoint_id)
    messages.success(request, "Turned on. What it has missed can be replayed below.")
    return redirect("accounts:webhook", endpoint_id)


@principal_required(WRITE)
@require_POST
def webhook_disable(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Turn it off."""
    services.disable_endpoint(principal=_principal(request), endpoint_id=endpoint_id)
    messages.success(request, "Turned off. Nothing is sent until you turn it on again.")
    return redirect("accounts:webhook", endpoint_id)


@principal_required(WRITE)
@require_POST
def webhook_delete(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Delete it."""
    services.delete_endpoint(principal=_principal(request), endpoint_id=endpoint_id)
    messages.success(request, "The endpoint is deleted.")
    return redirect("accounts:webhooks")


@principal_required(WRITE)
@require_POST
def webhook_replay(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a range of events again."""
    principal = _principal(request)
    endpoint, form = endpoint_for(principal, endpoint_id), ReplayForm(request.POST)
    if form.is_valid():
        events = _or_say_why(request, lambda: form.replay(principal=principal, endpoint=endpoint))
        if events is not None:
            plural = "" if events == 1 else "s"
            messages.success(request, f"{events:,} event{plural} on the way.")
    return redirect("accounts:webhook", endpoint_id)


@never_cache
@principal_required(READ)
@require_safe
def webhook_delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: each request and what came back."""
    delivery = delivery_for(_principal(request), delivery_id)
    context = {
        "delivery": delivery,
        "url": delivery.url or delivery.endpoint.url,
        "attempts": reversed(delivery.attempts.all()),
        "body": body_of(delivery.event).decode(),
        "can_replay": delivery.endpoint.is_enabled,
    }
    return render(request, "accounts/webhook_delivery.html", context)


@principal_required(WRITE)
@require_POST
def webhook_delivery_replay(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Send it again."""
    principal = _principal(request)
    delivery = _or_say_why(
        request, lambda: replay_delivery(principal=principal, delivery_id=delivery_id)
    )
    if delivery is None:
        return redirect("accounts:webhook_delivery", delivery_id)
    messages.success(request, "It is on its way. Reload to see how it went.")
    return redirect("accounts:webhook_delivery", delivery.pk)


def _show(
    request: HttpRequest,
    endpoint: WebhookEndpoint,
    form: WebhookEndpointForm,
    secret: str | None = None,
) -> HttpResponse:
    principal = _principal(request)
    state = request.GET.get("state", "")
    only = {"state": state} if state in WebhookDelivery.State.values else {}
    deliveries = deliveries_for(principal, endpoint_id=endpoint.pk, **only)
    context = {
        "endpoint": endpoint,
        "form": form if principal.may(WRITE) else None,
        "replay_form": ReplayForm(),
        "page": Paginator(deliveries, DELIVERIES_SHOWN).get_page(request.GET.get("page")),
        "state": state,
        "states": WebhookDelivery.State.choices,
        "secret": secret,
    }
    return render(request, "accounts/webhook.html", context)


def _make_once(request: HttpRequest, form: WebhookEndpointForm) -> Outcome | None:
    """Return the new endpoint's id and secret; a second click shows the same ones."""

    def make() -> Outcome | None:
        saved = form.save()
        return {"id": str(saved[0].pk), "secret": saved[1]} if saved else None

    return do_form_once(request, make)[0]


def _or_say_why(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """Return what ``act`` does; None, with the reason as a message, when its time has passed."""
    try:
        return act()
    except Conflict as error:
        messages.error(request, error.detail)
        return None


def _principal(request: HttpRequest) -> Principal:
    principal: Principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    return principal
