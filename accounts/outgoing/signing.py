"""Signatures as the Standard Webhooks specification has them (standardwebhooks.com, version 1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32  # of the 24 to 64 that the specification allows


def new_secret() -> str:
    """Return a new secret, as receivers are shown it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(*, message_id: str, timestamp: int, body: bytes, signing_secrets: Sequence[str]) -> str:
    """Return the ``webhook-signature`` header: one signature for each secret, newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in signing_secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
