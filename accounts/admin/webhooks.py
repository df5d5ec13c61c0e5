"""Webhooks of all tenants: which endpoints fail, what was sent; secrets are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.admin.filters import DeliveredEvent, EndpointState
from accounts.admin.readonly import LookOnly
from accounts.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from accounts.services.webhook_deliveries import replay_delivery
from accounts.services.webhook_endpoints import disable_endpoint, enable_endpoint
from config.errors import DomainError


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookOnly):
    """Endpoints; the failing ones can be found by the filter."""

    list_display = (
        "__str__",
        "tenant",
        "failures",
        "failing_since",
        "paused_until",
        "disabled_at",
        "disabled_reason",
        "created_at",
    )
    list_filter = (EndpointState, "kind", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("url", "description", "tenant__name", "tenant__slug")
    actions = ("turn_on", "turn_off")
    fields = (
        "tenant",
        "kind",
        "url",
        "description",
        "event_types",
        "header_name",
        "failures",
        "failing_since",
        "paused_until",
        "disabled_at",
        "disabled_reason",
        "old_secret_until",
        "created_by",
        "created_at",
        "deleted_at",
    )

    @admin.action(description="Turn selected endpoints on", permissions=["change"])
    def turn_on(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        """Send to them again."""
        self._each(request, endpoints, enable_endpoint, "turned on")

    @admin.action(description="Turn selected endpoints off", permissions=["change"])
    def turn_off(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        """Send nothing to them."""
        self._each(request, endpoints, disable_endpoint, "turned off")

    def _each(
        self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint], act: Any, done: str
    ) -> None:
        living = [each for each in endpoints if each.deleted_at is None]
        for endpoint in living:
            act(principal=request.user, endpoint_id=endpoint.pk)
            self.log_change(request, endpoint, f"{done.capitalize()}.")
        count = len(living)
        self.message_user(request, f"{count} endpoint{pluralize(count)} {done}.", messages.SUCCESS)


class Attempts(admin.TabularInline):
    """The delivery log."""

    model = WebhookAttempt
    fields = ("number", "status", "error", "error_detail", "milliseconds", "created_at", "answer")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only senders write it."""
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LookOnly):
    """Deliveries, newest first."""

    list_display = (
        "event_type",
        "tenant",
        "endpoint",
        "state",
        "attempt_count",
        "last_status",
        "last_error",
        "due_at",
        "created_at",
    )
    list_filter = ("state", "cause", DeliveredEvent, "created_at")
    list_select_related = ("tenant", "endpoint")
    search_fields = ("=event__public_id", "=endpoint__id", "endpoint__url", "tenant__name")
    actions = ("replay",)
    inlines = (Attempts,)
    fields = (
        "tenant",
        "endpoint",
        "event",
        "event_type",
        "url",
        "cause",
        "state",
        "attempt_count",
        "losses",
        "due_at",
        "lease_until",
        "last_status",
        "last_error",
        "created_at",
        "finished_at",
    )

    @admin.action(description="Replay selected deliveries", permissions=["change"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        """Send them again."""
        replayed = 0
        for delivery in deliveries:
            try:
                replay_delivery(principal=self._staff(request), delivery_id=delivery.pk)
            except DomainError as error:
                self.message_user(request, f"{delivery}: {error.detail}", messages.WARNING)
                continue
            self.log_change(request, delivery, "Replayed.")
            replayed += 1
        count = f"{replayed} deliver{pluralize(replayed, 'y,ies')}"
        self.message_user(request, f"{count} replayed.", messages.SUCCESS)

    @staticmethod
    def _staff(request: HttpRequest) -> Any:
        return request.user
