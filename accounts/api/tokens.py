"""Logging programs in: a password for tokens, a token for newer ones, and the end of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.token_shapes import RefreshGrant, TokenRequest, TokenRevocation, TokensOut
from accounts.services.access_tokens import LIFETIME
from accounts.services.tokens import (
    Tokens,
    log_program_in,
    refresh_tokens,
    revoke_tokens,
)
from config.api.endpoints import Endpoint
from config.api.parsers import FormParser, JsonParser
from config.api.schema import operation

UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BODY_REFUSALS = ("malformed_json",)
PASSWORD_REFUSALS = (
    *("invalid_login", "otp_required", "invalid_otp", "no_workspace", "too_many_attempts"),
    *BODY_REFUSALS,
)
REFRESH_REFUSALS = (
    *("invalid_refresh_token", "reused_refresh_token", "refresh_token_just_used"),
    *BODY_REFUSALS,
)
MEDIA = ("application/x-www-form-urlencoded", "application/json")

_REFRESH_TOKEN = f"cm_refresh_{'A' * 80}"
_PASSWORD = OpenApiExample(
    "password",
    {
        "grant_type": "password",
        "username": "ada@example.org",
        "password": "correct horse battery staple",
        "scope": "documents:read jobs:read usage:read",
    },
    request_only=True,
)
_REFRESH = OpenApiExample(
    "refresh",
    {"grant_type": "refresh_token", "refresh_token": _REFRESH_TOKEN},
    request_only=True,
)
_REVOCATION = OpenApiExample("token", {"token": _REFRESH_TOKEN}, request_only=True)
_EXAMPLE = OpenApiExample(
    "tokens",
    {
        "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiI4ZTAzOTc4ZSJ9.c2ln",
        "token_type": "bearer",
        "expires_in": 600,
        "refresh_token": _REFRESH_TOKEN,
        "scope": "documents:read jobs:read usage:read",
    },
)
_TOKENS = OpenApiResponse(TokensOut, "The tokens. They are not shown again.", [_EXAMPLE])
_OAUTH_ERRORS = (
    "Refusals carry OAuth's `error` and `error_description` (RFC 6749, 5.2) beside our own fields."
)


class TokenEndpoint(Endpoint):
    """Open to all: what is sent in the body says who asks, and nothing else is looked at.

    Not even a header: tools send their own registration as ``Authorization: Basic``.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JsonParser, FormParser)

    def handle_exception(self, exc: Exception) -> Any:
        """Refuse as everywhere, and in the words of OAuth 2 as well."""
        response = super().handle_exception(exc)
        if isinstance(response, HttpResponse) and 400 <= response.status_code < 500:
            body = json.loads(response.content)
            body |= {"error": _oauth_error(body), "error_description": body["title"]}
            response.content = json.dumps(body, separators=(",", ":")).encode()
        return response


def _oauth_error(body: Mapping[str, Any]) -> str:
    if body["status"] in (401, 403):
        return "invalid_grant"
    problems = body["detail"] if isinstance(body["detail"], list) else []
    named = {str(problem["loc"][-1]) for problem in problems}
    if "grant_type" in named:
        return "unsupported_grant_type"
    return "invalid_scope" if "scope" in named else "invalid_request"


class TokensView(TokenEndpoint):
    """Tokens for a password; for a refresh token, too, as OAuth 2 has it."""

    refusals: ClassVar = {"POST": (*PASSWORD_REFUSALS, *REFRESH_REFUSALS)}

    @operation(
        "createTokens",
        tag="Auth",
        summary="Log in",
        description=(
            "For people's own programs and other front ends: an address and a password give an"
            " access token for ten minutes and a refresh token for the next ones (RFC 6749, 4.3)."
            " A changed password, a closed account and a lost membership end both at once. For"
            f" servers, API keys are simpler. {_OAUTH_ERRORS}"
        ),
        request=dict.fromkeys(MEDIA, TokenRequest),
        examples=(_PASSWORD, _REFRESH),
        responses={200: _TOKENS},
    )
    def post(self, request: Request) -> Response:
        """Return new tokens."""
        shape, given = TokenRequest.read_either(request.data)
        if shape is RefreshGrant:
            return _refreshed(given)
        tokens = log_program_in(
            email=given["username"],
            password=given["password"],
            code=given.get("otp", ""),
            tenant_id=given.get("tenant"),
            scopes=given.get("scope", "").split(),
        )
        return _answer(tokens)


class TokenRefreshView(TokenEndpoint):
    """Newer tokens for a refresh token."""

    refusals: ClassVar = {"POST": REFRESH_REFUSALS}

    @operation(
        "refreshTokens",
        tag="Auth",
        summary="Get new tokens",
        description=(
            "A refresh token works once; the answer has the next one. If one is used a second"
            " time, somebody has a copy: the whole log-in ends. Within ten seconds of the first"
            " time the answer is `409` `refresh_token_just_used` instead, and nothing ends."
            f" {_OAUTH_ERRORS}"
        ),
        request=dict.fromkeys(MEDIA, RefreshGrant),
        examples=(_REFRESH,),
        responses={200: _TOKENS},
    )
    def post(self, request: Request) -> Response:
        """Return new tokens."""
        return _refreshed(RefreshGrant.read(request.data))


class TokenRevokeView(TokenEndpoint):
    """The end of a log-in."""

    refusals: ClassVar = {"POST": BODY_REFUSALS}

    @operation(
        "revokeTokens",
        tag="Auth",
        summary="Log out",
        description=(
            "Ends the log-in of an access or a refresh token, and all its tokens. What is no token"
            f" is none afterwards, too: the answer is the same (RFC 7009). {_OAUTH_ERRORS}"
        ),
        request=dict.fromkeys(MEDIA, TokenRevocation),
        examples=(_REVOCATION,),
        responses={200: OpenApiResponse(None, "The token is worth nothing any more.")},
    )
    def post(self, request: Request) -> Response:
        """Return nothing."""
        revoke_tokens(text=TokenRevocation.read(request.data)["token"])
        return Response(headers=UNSTORED)


def _refreshed(given: dict[str, Any]) -> Response:
    return _answer(refresh_tokens(text=given["refresh_token"]))


def _answer(tokens: Tokens) -> Response:
    shown = {
        "access_token": tokens.access_token,
        "token_type": "bearer",
        "expires_in": int(LIFETIME.total_seconds()),
        "refresh_token": tokens.refresh_token,
        "scope": " ".join(sorted(tokens.scopes)),
    }
    return Response(TokensOut(shown).data, headers=UNSTORED)
