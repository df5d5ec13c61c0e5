"""Shapes of API keys: what is asked for, and what is told of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import APIKey
from accounts.scopes import SCOPES
from accounts.services.key_changes import LONGEST_OVERLAP, USUAL_OVERLAP
from accounts.services.networks import NETWORKS_MOST
from config.api.shapes import Shape

DAYS_MOST = 3650
HOUR = timedelta(hours=1)


class NetworksField(serializers.ListField):
    """Networks in CIDR notation."""

    def __init__(self, **how: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=43),
            max_length=NETWORKS_MOST,
            required=False,
            help_text="Networks (CIDR) or addresses, IPv4 or IPv6, from which alone the key may be"
            " used. Empty: from anywhere.",
            **how,
        )


@extend_schema_serializer(component_name="ApiKeyCreate")
class APIKeyCreate(Shape):
    """A new key, of at most what its maker may do."""

    name = serializers.CharField(max_length=120, help_text="Which program will use it?")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES)),
        min_length=1,
        max_length=len(SCOPES),
        help_text="What it may do; nothing else.",
    )
    environment = serializers.ChoiceField(
        choices=APIKey.Environment.choices, default=APIKey.Environment.LIVE.value
    )
    expires_in_days = serializers.IntegerField(
        min_value=1,
        max_value=DAYS_MOST,
        required=False,
        allow_null=True,
        help_text="Else it works until it is revoked.",
    )
    allowed_networks = NetworksField()


@extend_schema_serializer(component_name="ApiKeyUpdate")
class APIKeyUpdate(Shape):
    """What can be changed of a key; what is left out stays. Other scopes are another key's."""

    name = serializers.CharField(max_length=120, required=False)
    allowed_networks = NetworksField()


@extend_schema_serializer(component_name="ApiKeyRotate")
class APIKeyRotate(Shape):
    """How long the old key goes on beside the new one."""

    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP // HOUR,
        default=USUAL_OVERLAP // HOUR,
        help_text="0 ends the old key at once.",
    )


@extend_schema_serializer(component_name="ApiKey")
class APIKeyOut(serializers.Serializer[Any]):
    """A key, without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    display = serializers.CharField(help_text="How it begins, to recognise it by.")
    environment = serializers.ChoiceField(choices=APIKey.Environment.choices)
    scopes = serializers.ListField(child=serializers.CharField())
    allowed_networks = serializers.ListField(child=serializers.CharField())
    created_by = serializers.UUIDField(
        source="created_by_id", allow_null=True, help_text="The person; null when a key made it."
    )
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    replaced_by = serializers.UUIDField(
        source="replaced_by_id",
        allow_null=True,
        help_text="The key that was made of it; this one goes on until `expires_at`.",
    )


@extend_schema_serializer(component_name="ApiKeyCreated")
class APIKeyCreated(APIKeyOut):
    """A new key. Its text is not shown again."""

    key = serializers.CharField(help_text="Goes into `Authorization: Bearer …`.")


@extend_schema_serializer(component_name="ApiKeyPage")
class APIKeyPage(serializers.Serializer[Any]):
    """One page of keys, newest first."""

    results = APIKeyOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")
