"""The text of refresh tokens: ``cm_refresh_`` + the log-in's id, a number, a secret, a seal.

The secret is what counts; of the newest one its digest is in the log-in's row. The seal tells an
older token of ours, which somebody must have copied, from one that a stranger has made up to end
a log-in whose id they know.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.services.api_keys import InvalidCredentials

PREFIX = "cm_refresh_"
ID_BYTES, GENERATION_BYTES, SECRET_BYTES, SEAL_BYTES = 16, 4, 24, 16
SEALED_BYTES = ID_BYTES + GENERATION_BYTES + SECRET_BYTES
_FORMAT = re.compile(rf"{PREFIX}([0-9A-Za-z_-]{{80}})", re.ASCII)


class InvalidRefreshToken(InvalidCredentials):
    """Unknown, expired, revoked, or older than the password: log in again."""

    code = "invalid_refresh_token"
    bearer_error = ""
    message = "The refresh token is not valid. Log in again."


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A genuine token: which of a log-in's tokens it is, and what the row keeps of it."""

    grant_id: uuid.UUID
    generation: int
    digest: str


def new_refresh_token(*, grant_id: uuid.UUID, generation: int) -> tuple[str, str]:
    """Return a token's text, which is never seen again, and its digest."""
    number = generation.to_bytes(GENERATION_BYTES, "big")
    sealed = grant_id.bytes + number + secrets.token_bytes(SECRET_BYTES)
    seal = _seal(sealed, settings.SECRET_KEY)
    return PREFIX + base64.urlsafe_b64encode(sealed + seal).decode(), _digest(sealed)


def read_refresh_token(text: str) -> RefreshToken:
    """Return which token ``text`` is, the newest or an older one. Raises InvalidRefreshToken."""
    match = _FORMAT.fullmatch(text.strip())
    if match is None:
        raise InvalidRefreshToken
    try:
        value = base64.b64decode(match[1], altchars=b"-_", validate=True)
    except binascii.Error:
        raise InvalidRefreshToken from None
    sealed, seal = value[:SEALED_BYTES], value[SEALED_BYTES:]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(hmac.compare_digest(seal, _seal(sealed, key)) for key in keys):
        raise InvalidRefreshToken
    return RefreshToken(
        grant_id=uuid.UUID(bytes=sealed[:ID_BYTES]),
        generation=int.from_bytes(sealed[ID_BYTES : ID_BYTES + GENERATION_BYTES], "big"),
        digest=_digest(sealed),
    )


def _seal(sealed: bytes, secret: str | bytes) -> bytes:
    keyed = salted_hmac("accounts.refresh_token", sealed, secret=secret, algorithm="sha256")
    return keyed.digest()[:SEAL_BYTES]


def _digest(sealed: bytes) -> str:
    return hashlib.sha256(sealed).hexdigest()
