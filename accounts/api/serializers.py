"""Shapes of this room's answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import APIKey, Role
from accounts.principal import SCOPES


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


class SocketTicketOut(serializers.Serializer[Any]):
    """A ticket to one socket."""

    ticket = serializers.CharField(help_text="Goes into the socket's address: `?ticket=…`.")
    expires_at = serializers.DateTimeField()


class WhoAmI(serializers.Serializer[Any]):
    """Who a credential stands for: a person with a role, or a key."""

    tenant = TenantSummary()
    user = UserSummary(allow_null=True)
    api_key = APIKeySummary(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    environment = serializers.ChoiceField(choices=APIKey.Environment.choices)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))
