"""The secret in a link that is mailed: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import re
import secrets

from config.errors import Invalid

SECRET_BYTES = 32
_FORMAT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class InvalidLink(Invalid):
    """Used, revoked, too old, or never made: nobody learns which."""

    code = "invalid_link"
    message = "This link no longer works. Ask for a new one."


def new_link_token() -> tuple[str, str]:
    """Return a token's text and its digest."""
    text = secrets.token_urlsafe(SECRET_BYTES)
    return text, _digest(text)


def digest_of_link(text: str) -> str:
    """Return what is kept of a token; raises InvalidLink for what cannot be one."""
    if not _FORMAT.fullmatch(text):
        raise InvalidLink
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
