"""Shapes of logging in, as OAuth 2 has them (RFC 6749, 4.3 and 6; RFC 7009)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.shapes import Shape

SCOPES_SEPARATED = "Scopes, separated by spaces."


@extend_schema_field({"type": "string", "maxLength": 4096, "pattern": "^[!-~]+$"})
class TokenText(serializers.CharField):
    """A token as it was given, of any kind: visible ASCII, nothing trimmed."""

    default_error_messages = {"no_token": "A token has no spaces and no letters beyond ASCII"}

    def __init__(self, **how: Any) -> None:
        super().__init__(max_length=4096, trim_whitespace=False, **how)

    def to_internal_value(self, data: Any) -> str:
        """Return the token."""
        text: str = super().to_internal_value(data)
        if not re.fullmatch("[!-~]+", text):
            self.fail("no_token")
        return text


class _FromClient(Shape):
    """What libraries for OAuth 2 send along; programs of ours have no registration."""

    client_id = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Not read."
    )
    client_secret = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Not read."
    )


class PasswordGrant(_FromClient):
    """A person's address and password."""

    grant_type = serializers.ChoiceField(choices=["password"], default="password")
    username = serializers.CharField(max_length=254, help_text="The e-mail address.")
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    otp = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=32,
        help_text="A code of the authenticator app, or a recovery code, for two-step log-in.",
    )
    tenant = serializers.UUIDField(
        required=False, help_text="The workspace to work in; else the person's first."
    )
    scope = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=400,
        help_text=f"{SCOPES_SEPARATED} Fewer than the role has; else all that it has.",
    )


class RefreshGrant(_FromClient):
    """A refresh token, which works once."""

    grant_type = serializers.ChoiceField(choices=["refresh_token"], default="refresh_token")
    refresh_token = TokenText()


class TokenRequest(Shape):
    """A password, or a refresh token."""

    @classmethod
    def read_either(cls, given: object) -> tuple[type[Shape], dict[str, Any]]:
        """Return which of the two it is, and its values; raises ``Invalid``."""
        named = given if isinstance(given, Mapping) else {}
        guess = "refresh_token" if "refresh_token" in named else "password"
        kind = named.get("grant_type", guess)
        shape = RefreshGrant if kind == "refresh_token" else PasswordGrant
        return shape, shape.read(given)


class TokenRevocation(_FromClient):
    """A token whose log-in shall end."""

    token = TokenText(help_text="An access or a refresh token.")
    token_type_hint = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="Not needed."
    )


class TokensOut(serializers.Serializer[Any]):
    """The tokens of a log-in. They are not shown again."""

    access_token = serializers.CharField(help_text="Goes into `Authorization: Bearer …`.")
    token_type = serializers.ChoiceField(choices=["bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds for which the access token holds.")
    refresh_token = serializers.CharField(
        help_text="Gets the next tokens, once; 14 days unused, it is worth nothing."
    )
    scope = serializers.CharField(allow_blank=True, help_text=SCOPES_SEPARATED)
