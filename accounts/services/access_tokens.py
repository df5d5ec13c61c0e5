"""Access tokens: what a program shows for ten minutes after a log-in (RFC 9068 in form).

A signature alone lets nobody in: the log-in's row is read at every use (services/grants.py), so
that what has stopped has stopped. The signature keeps strangers from asking for rows, and the
claims are for who reads a token, not for us.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.services.api_keys import InvalidCredentials

LIFETIME = timedelta(minutes=10)
LONGEST_TEXT = 4096
ALGORITHM = "HS256"
TYPE = "at+jwt"
CLAIMS = ("iss", "aud", "sub", "sid", "tid", "iat", "exp", "jti")
# Against the database's clock, where the row is read: it is the one that wrote them.
CHECKED_LATER: dict[str, Any] = {"verify_exp": False, "verify_iat": False, "require": [*CLAIMS]}


class InvalidAccessToken(InvalidCredentials):
    """Not a token, or not one of ours: strangers do not learn which."""

    code = "invalid_access_token"
    message = "The access token is not valid."


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a genuine token says: of which log-in it is, and how long it holds."""

    grant_id: uuid.UUID
    expires_at: datetime


def write_access_token(
    *,
    grant_id: uuid.UUID,
    user_id: uuid.UUID,
    tenant_id: uuid.UUID,
    scopes: Iterable[str],
    issued_at: datetime,
) -> str:
    """Return a token's text."""
    claims = {
        "iss": settings.PUBLIC_URL,
        "aud": _audience(),
        "sub": str(user_id),
        "sid": str(grant_id),
        "tid": str(tenant_id),
        "scope": " ".join(sorted(scopes)),
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + LIFETIME).timestamp()),
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, _key(settings.SECRET_KEY), ALGORITHM, headers={"typ": TYPE})


def read_access_token(text: str) -> AccessToken:
    """Return what ``text`` says, expired or not, if it is ours. Raises InvalidAccessToken."""
    if len(text) > LONGEST_TEXT:
        raise InvalidAccessToken
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _read(text, _key(secret))
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError, OverflowError):
            break
    raise InvalidAccessToken


def looks_like_access_token(text: str) -> bool:
    """Whether ``text`` has a token's three parts; an API key has no dots."""
    return text.count(".") == 2


def _read(text: str, key: bytes) -> AccessToken:
    token = jwt.decode_complete(
        text,
        key,
        algorithms=[ALGORITHM],
        audience=_audience(),
        issuer=settings.PUBLIC_URL,
        options=CHECKED_LATER,  # type: ignore[arg-type] # a TypedDict of jwt's own
    )
    if token["header"].get("typ") != TYPE:
        raise InvalidAccessToken
    claims = token["payload"]
    return AccessToken(uuid.UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC))


def _audience() -> str:
    return f"{settings.PUBLIC_URL}/api/"


def _key(secret: str | bytes) -> bytes:
    """Return a key for this purpose alone."""
    return salted_hmac("accounts.access_token", "key", secret=secret, algorithm="sha256").digest()
