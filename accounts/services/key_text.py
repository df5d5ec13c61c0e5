"""The text of API keys, and what is kept of it.

A key is ``cm_<live|test>_`` + 12 characters that find its row + 32 secret characters (190 bits)
+ 6 characters of checksum, all base62. Only an HMAC of the whole text is kept, so a copy of the
database signs nobody in; the checksum lets typing errors and scanners' garbage be refused
without a query, and lets secret scanners tell real keys from look-alikes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib

from django.conf import settings

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
LOOKUP_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 32, 6
_FORMAT = re.compile(
    rf"(cm_(?:live|test)_([0-9A-Za-z]{{{LOOKUP_LENGTH}}})[0-9A-Za-z]{{{SECRET_LENGTH}}})"
    rf"([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})",
    re.ASCII,
)


def new_key_text(environment: str) -> tuple[str, str]:
    """Return a new key's text and the part that finds its row."""
    lookup, secret = _random(LOOKUP_LENGTH), _random(SECRET_LENGTH)
    body = f"cm_{environment}_{lookup}{secret}"
    return body + checksum_of(body), lookup


def lookup_in(text: str) -> str | None:
    """Return the part that finds the key's row; None for what cannot be a key."""
    match = _FORMAT.fullmatch(text)
    if match is None or not hmac.compare_digest(match[3], checksum_of(match[1])):
        return None
    return match[2]


def checksum_of(body: str) -> str:
    """Return the CRC-32 of ``body`` as six base62 digits."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def digest_of(text: str) -> bytes:
    """Return what is kept of a key."""
    pepper: str = settings.API_KEY_PEPPER
    return hmac.new(pepper.encode(), text.encode("ascii"), hashlib.sha256).digest()


def _random(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))
