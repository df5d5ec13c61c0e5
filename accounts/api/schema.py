"""How the OpenAPI document names the ways to authenticate.

Imported with the URLs, which every schema is made from; in the app's ``ready`` it would cost
workers and commands a tenth of a second for nothing.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from accounts.api.permissions import scopes_for
from accounts.api.token_shapes import PasswordGrant, RefreshGrant
from accounts.scopes import SCOPES
from accounts.services.marketplace import SCOPES as MARKETPLACE_SCOPES

RAPIDAPI = ("rapidApiProxy", "rapidApiUser")
KEY = "An API key (`cm_live_…` or `cm_test_…`)"


class PrincipalScheme(OpenApiAuthenticationExtension):
    """Six ways, one principal."""

    target_class = "accounts.api.authentication.PrincipalAuthentication"
    name = ["bearerKey", "oauth2", "headerKey", "basicKey", "session", *RAPIDAPI]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Return one Security Requirement Object for each way: any of them will do.

        Only of OAuth's ways the standard knows scopes (OpenAPI 3.1, 4.8.30).
        """
        needed = [*(scopes_for(auto_schema.view, auto_schema.method) or ())]
        alone = [name for name in self.name if name not in RAPIDAPI]
        ways: list[dict[str, list[str]]] = [
            {name: needed if name == "oauth2" else []} for name in alone
        ]
        if {*needed} <= {*MARKETPLACE_SCOPES}:
            ways.append({name: [] for name in RAPIDAPI})  # both of them together
        return ways

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Return the Security Scheme Objects (OpenAPI 3.1, 4.8.27) in the order of ``name``."""
        return [
            {"type": "http", "scheme": "bearer", "description": f"{KEY}."},
            {
                "type": "oauth2",
                "description": "A person's access token, as `Authorization: Bearer …`.",
                "flows": {
                    "password": {
                        "tokenUrl": "/api/v1/auth/token/",
                        "refreshUrl": "/api/v1/auth/token/refresh/",
                        "scopes": dict(SCOPES),
                    }
                },
            },
            {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": f"{KEY}."},
            {
                "type": "http",
                "scheme": "basic",
                "description": f"{KEY} as the user name; the password is not read.",
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "The web UI's session. Unsafe methods need its CSRF token too.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-RapidAPI-Proxy-Secret",
                "description": "Sent by RapidAPI's proxy for its customers, never by clients; read"
                " only where the operator has set the secret.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-RapidAPI-User",
                "description": "The customer for whom RapidAPI's proxy asks; with"
                " `X-RapidAPI-Subscription`, their plan.",
            },
        ]


class TicketScheme(OpenApiAuthenticationExtension):
    """What stands in an address where browsers send no header."""

    target_class = "accounts.api.tickets.TicketAuthentication"
    name = "ticket"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the Security Scheme Object."""
        return {
            "type": "apiKey",
            "in": "query",
            "name": "ticket",
            "description": "From `POST /api/v1/ws-tickets/`: works once, for a minute.",
        }


class TokenRequestSchema(OpenApiSerializerExtension):
    """One of two."""

    target_class = "accounts.api.token_shapes.TokenRequest"
    priority = 1  # before what is said of every shape

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema object."""
        either = (PasswordGrant, RefreshGrant)
        references = [auto_schema.resolve_serializer(each, direction).ref for each in either]
        return {"oneOf": references, "description": self.target.__doc__}
