"""Shapes of this room's answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.models import APIKey, AuditAction, Role
from accounts.principal import SCOPES
from config.api.pagination import PageQuery


@extend_schema_field({"type": "string", "pattern": "^[0-9a-f]{64}$"})
class HexField(serializers.Field[bytes, Any, str, bytes]):
    """32 bytes, in hexadecimal."""

    def to_representation(self, value: bytes) -> str:
        """Return the digits."""
        return bytes(value).hex()


class TenantSummary(serializers.Serializer[Any]):
    """A workspace, by name."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.SlugField()


class UserSummary(serializers.Serializer[Any]):
    """A person."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)


class APIKeySummary(serializers.Serializer[Any]):
    """An API key, without anything of its text."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    allowed_networks = serializers.ListField(child=serializers.CharField())


class SocketTicketOut(serializers.Serializer[Any]):
    """A ticket to one socket."""

    ticket = serializers.CharField(help_text="Goes into the socket's address: `?ticket=…`.")
    expires_at = serializers.DateTimeField()


class AuditLogQuery(PageQuery):
    """Which entries."""

    action = serializers.ChoiceField(
        choices=AuditAction.choices, required=False, help_text="Only entries of this action."
    )


@extend_schema_serializer(component_name="AuditEntry")
class AuditEntryOut(serializers.Serializer[Any]):
    """One act in the workspace. An entry never changes."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=1, help_text="1, 2, 3 … without a gap.")
    action = serializers.ChoiceField(choices=AuditAction.choices)
    actor = serializers.CharField(
        help_text="`user:<id>`, `api_key:<id>`, `staff:<id>` (support), `nobody` (who has not shown"
        " who they are) or `system`."
    )
    subject = serializers.CharField(help_text="What it was done to, such as `document:<id>`.")
    details = serializers.DictField(
        help_text="Facts beside; of a deleted document `size_bytes` and `sha256`, the receipt."
    )
    created_at = serializers.DateTimeField()
    request_id = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_null=True, help_text="The client's IP address.")
    user_agent = serializers.CharField(allow_blank=True)
    prev_hash = HexField(help_text="The hash of the entry before; zeros for the first.")
    hash = HexField(help_text="SHA-256 over this entry and `prev_hash`.")


class AuditEntryPage(serializers.Serializer[Any]):
    """One page of entries, newest first."""

    results = AuditEntryOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


class WhoAmI(serializers.Serializer[Any]):
    """Who a credential stands for: a person with a role, or a key."""

    kind = serializers.ChoiceField(choices=["api_key", "access_token", "session"])
    tenant = TenantSummary()
    user = UserSummary(allow_null=True)
    api_key = APIKeySummary(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    environment = serializers.ChoiceField(choices=APIKey.Environment.choices)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))
    expires_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the credential itself ends; null: until it is revoked or signed out.",
    )
