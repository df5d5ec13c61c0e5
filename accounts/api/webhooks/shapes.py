"""Shapes of webhooks: what operations take (``…Form``, ``…Query``), answer, and what is sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.event_types import offered_event_types
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.outgoing.failures import FAILURES
from accounts.outgoing.headers import NAME_LENGTH, NAME_PATTERN, VALUE_LENGTH, VALUE_PATTERN
from accounts.outgoing.targets import LONGEST
from accounts.services.webhook_endpoints import OVERLAP_HOURS
from accounts.services.webhook_inputs import DESCRIPTION_LENGTH
from config.api.pagination import PageQuery
from config.api.shapes import Shape

EVENT_TYPE_NAMES = tuple(each.name for each in offered_event_types())


def _written(pattern: str, most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": f"^{pattern}$"}


@extend_schema_field(_written(NAME_PATTERN, NAME_LENGTH))
class _OwnHeaderName(serializers.CharField):
    """Taken to the letter; which are refused, and why, webhook_inputs.py says."""


@extend_schema_field(_written(VALUE_PATTERN, VALUE_LENGTH))
class _OwnHeaderValue(serializers.CharField):
    """The same."""


@extend_schema_serializer(component_name="WebhookHeaderForm")
class HeaderForm(Shape):
    """A header of your own that each request carries."""

    name = _OwnHeaderName(
        trim_whitespace=False,
        help_text="Such as `X-Tenant`. Names that are ours or the connection's to set are refused: "
        "`Host`, `User-Agent`, `Content-…`, `Webhook-…` and the like.",
    )
    value = _OwnHeaderValue(trim_whitespace=False, help_text="Kept encrypted; never shown again.")


@extend_schema_serializer(component_name="WebhookEndpointChanges")
class EndpointChanges(Shape):
    """What can be said of an endpoint. What is left out stays as it is."""

    url = serializers.CharField(
        required=False,
        max_length=LONGEST,
        help_text="`https://…` at a public address and port 443 or 8443.",
    )
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENT_TYPE_NAMES),
        required=False,
        max_length=100,
        help_text="Only these events (`/api/v1/event-types/`); empty: all, also future ones.",
    )
    description = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=DESCRIPTION_LENGTH,
        help_text="A note of yours.",
    )
    header = HeaderForm(required=False, allow_null=True)


@extend_schema_serializer(component_name="WebhookEndpointForm")
class EndpointForm(EndpointChanges):
    """A new endpoint."""

    url = serializers.CharField(
        max_length=LONGEST, help_text="`https://…` at a public address and port 443 or 8443."
    )


class RotateSecretForm(Shape):
    """How long the old secret signs beside the new one."""

    overlap_hours = serializers.IntegerField(default=OVERLAP_HOURS, min_value=0, max_value=168)


class ReplayRangeForm(Shape):
    """Which events to tell again: by when they happened."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, help_text="Now, if absent.")
    delivered_too = serializers.BooleanField(
        default=False, help_text="Also those that the endpoint has taken before."
    )


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state = serializers.ChoiceField(
        choices=WebhookDelivery.State.choices,
        required=False,
        help_text="Only deliveries in this state.",
    )
    event_type = serializers.CharField(
        required=False, max_length=64, help_text="Only deliveries of events of this type."
    )


class AllDeliveriesQuery(DeliveryQuery):
    """Which deliveries, of which endpoint."""

    endpoint_id = serializers.UUIDField(
        required=False, help_text="Only deliveries to this endpoint."
    )


class EventQuery(PageQuery):
    """Which events."""

    type = serializers.CharField(required=False, max_length=64, help_text="Only this type.")


@extend_schema_serializer(component_name="WebhookHeader")
class HeaderName(serializers.Serializer[Any]):
    """A header of your own, without its value."""

    name = serializers.CharField()


@extend_schema_serializer(component_name="WebhookEndpoint")
class EndpointOut(serializers.Serializer[Any]):
    """Where events are sent to."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(
        choices=WebhookEndpoint.Kind.choices,
        help_text="`callback`: the one that signs and keeps what goes to `webhook_url`s of jobs.",
    )
    url = serializers.CharField(help_text="Empty for kind `callback`.")
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    header = HeaderName(allow_null=True)
    is_enabled = serializers.BooleanField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.ChoiceField(
        choices=WebhookEndpoint.DisabledReason.choices,
        allow_null=True,
        help_text="`gone`: it answered 410. `failing`: it failed for five days.",
    )
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="Since when no attempt has succeeded; null if the last one did."
    )
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the secret before this one signs, too."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="WebhookEndpointWithSecret")
class EndpointWithSecret(EndpointOut):
    """An endpoint and its secret, this once."""

    secret = serializers.RegexField(
        r"^whsec_[A-Za-z0-9+/=]+$", help_text="Verifies signatures. It is not shown again."
    )


@extend_schema_serializer(component_name="WebhookDelivery")
class DeliveryOut(serializers.Serializer[Any]):
    """One event on its way to one endpoint."""

    id = serializers.UUIDField()
    endpoint_id = serializers.UUIDField()
    event_id = serializers.UUIDField(help_text="The `webhook-id` of every attempt.")
    event_type = serializers.CharField()
    url = serializers.CharField()
    cause = serializers.ChoiceField(choices=WebhookDelivery.Cause.choices)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices)
    attempt_count = serializers.IntegerField(min_value=0)
    next_attempt_at = serializers.DateTimeField(allow_null=True, help_text="While it is pending.")
    last_status = serializers.IntegerField(allow_null=True, help_text="HTTP status of the last.")
    last_error = serializers.CharField(
        allow_null=True,
        help_text="Why the last attempt failed: `refused` (a status other than 2xx and 3xx), "
        f"`redirect`, `endpoint_disabled`, {', '.join(f'`{code}`' for code in FAILURES)}.",
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="WebhookAttempt")
class AttemptOut(serializers.Serializer[Any]):
    """One request, and what came back."""

    number = serializers.IntegerField(min_value=1)
    url = serializers.CharField()
    request_headers = serializers.DictField(child=serializers.CharField())
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True, help_text="A code, if there was no status.")
    error_detail = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True, help_text="At most 4,000 characters of it.")
    answer_is_cut = serializers.BooleanField(help_text="Whether there was more.")
    milliseconds = serializers.IntegerField(min_value=0)
    created_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="WebhookDeliveryWithAttempts")
class DeliveryWithAttempts(DeliveryOut):
    """A delivery with its log."""

    body = serializers.CharField(help_text="What each request carried, to the byte.")
    attempts = AttemptOut(many=True)


@extend_schema_serializer(component_name="Event")
class EventOut(serializers.Serializer[Any]):
    """A fact, as endpoints are told of it."""

    id = serializers.UUIDField(source="public_id", help_text="Also the `webhook-id`.")
    type = serializers.CharField()
    data = serializers.DictField(  # type: ignore[assignment] # a field, moved off the class
        source="payload", help_text="As the type's schema has it."
    )
    created_at = serializers.DateTimeField()
    request_id = serializers.CharField(allow_blank=True, help_text="Of the request that led to it.")


@extend_schema_serializer(component_name="EventType")
class EventTypeOut(serializers.Serializer[Any]):
    """Something that can happen."""

    name = serializers.CharField()
    summary = serializers.CharField()
    example = serializers.DictField(help_text="The `data` of one.")


class EventTypeList(serializers.Serializer[Any]):
    """All of them."""

    results = EventTypeOut(many=True)


class Replayed(serializers.Serializer[Any]):
    """How many events are told again."""

    events = serializers.IntegerField(min_value=0)


class _Page(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


class WebhookEndpointPage(_Page):
    """One page of endpoints, newest first."""

    results = EndpointOut(many=True)


class WebhookDeliveryPage(_Page):
    """One page of deliveries, newest first."""

    results = DeliveryOut(many=True)


class EventPage(_Page):
    """One page of events, newest first."""

    results = EventOut(many=True)


@extend_schema_field({"type": "string", "enum": ["failing", "gone"]})
class _FailedReason(serializers.CharField):
    """Why an endpoint was turned off, not by hand."""


class DisabledEndpoint(serializers.Serializer[Any]):
    """The data of `webhook_endpoint.disabled`."""

    id = serializers.UUIDField()
    url = serializers.CharField(help_text="Scheme and host.")
    reason = _FailedReason()


class TestEvent(serializers.Serializer[Any]):
    """The data of `webhook.test`."""

    webhook_endpoint_id = serializers.UUIDField()
    message = serializers.CharField()
