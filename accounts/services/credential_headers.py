"""The credential that a request names in its headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from accounts.services.api_keys import InvalidCredentials


def credential_in(headers: Mapping[str, str]) -> str | None:
    """Return the API key or access token of a request; None when no header names a credential.

    ``X-API-Key`` goes first, since proxies in front may add an ``Authorization`` of their own.
    Then Bearer (RFC 6750) and Basic (RFC 7617) with either as user name. What is present but
    not understood is InvalidCredentials.
    """
    if text := headers.get("x-api-key"):
        return text.strip()
    if not (authorization := headers.get("authorization")):
        return None
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return _basic_user_name(value)
    raise InvalidCredentials


def _basic_user_name(value: str) -> str:
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidCredentials from None
    return decoded.partition(":")[0]
