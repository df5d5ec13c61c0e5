"""How the OpenAPI document names the ways to authenticate.

Imported with the URLs, which every schema is made from; in the app's ``ready`` it would cost
workers and commands a tenth of a second for nothing.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

KEY = "An API key (`cm_live_…` or `cm_test_…`)"


class PrincipalScheme(OpenApiAuthenticationExtension):
    """Four ways, one principal."""

    target_class = "accounts.api.authentication.PrincipalAuthentication"
    name = ["bearerKey", "headerKey", "basicKey", "session"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Return one Security Requirement Object for each way: any of them will do."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Return the Security Scheme Objects (OpenAPI 3.1, 4.8.27) in the order of ``name``."""
        return [
            {"type": "http", "scheme": "bearer", "description": f"{KEY}."},
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
        ]
