"""Secrets that must be read again: kept so that a copy of the database alone opens none."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

SECOND_FACTOR = "countermark second factor"
WEBHOOK_SECRET = "countermark webhook secret"  # noqa: S105 - a purpose
WEBHOOK_HEADER = "countermark webhook header"


class CannotUnseal(Exception):
    """The text was sealed with a key that this server does not have (any more)."""


def seal(text: str, *, purpose: str) -> str:
    """Return ``text`` as it is kept."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return what ``seal`` was given for the same purpose. Raises CannotUnseal."""
    try:
        return _cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotUnseal from None


def _cipher(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str | bytes, purpose: str) -> bytes:
    """Return a key for this purpose alone (RFC 5869)."""
    hkdf = HKDF(SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(hkdf.derive(force_bytes(key)))
