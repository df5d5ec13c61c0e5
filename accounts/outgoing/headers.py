"""The one header that a tenant may add to its requests: what it may be."""

from __future__ import annotations

import re

# RFC 9110, 5.6.2; and what is ours or the connection's to say.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,100}", re.ASCII)
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
_RESERVED = re.compile(
    r"host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept.*"
    r"|user-agent|x-request-id|webhook-.*|proxy-.*|forwarded|x-forwarded-.*",
    re.ASCII | re.IGNORECASE,
)


def problem_of_name(name: str) -> str | None:
    """Return what is wrong with a header's name, for people; None if nothing is."""
    if not _NAME.fullmatch(name):
        return "A header's name has letters, digits and dashes, up to 100."
    if _RESERVED.fullmatch(name):
        return "This header is ours to set."
    return None


def problem_of_value(value: str) -> str | None:
    """Return what is wrong with its value."""
    if len(value) > 1000 or not _VALUE.fullmatch(value):
        return "A header's value has up to 1,000 visible ASCII characters, on one line."
    return None
