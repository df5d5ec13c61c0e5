"""The one header that a tenant may add to its requests: what it may be."""

from __future__ import annotations

import re

NAME_LENGTH, VALUE_LENGTH = 100, 1000
# RFC 9110, 5.6.2; written so that the OpenAPI document can say them, too.
NAME_PATTERN = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"
VALUE_PATTERN = r"[!-~]([ -~]*[!-~])?"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
_VALUE = re.compile(VALUE_PATTERN, re.ASCII)
# What is ours or the connection's to say.
_RESERVED = re.compile(
    r"host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept.*"
    r"|user-agent|x-request-id|webhook-.*|proxy-.*|forwarded|x-forwarded-.*",
    re.ASCII | re.IGNORECASE,
)


def problem_of_name(name: str) -> str | None:
    """Return what is wrong with a header's name, for people; None if nothing is."""
    if len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        return "A header's name has letters, digits and dashes, up to 100."
    if _RESERVED.fullmatch(name):
        return "This header is ours to set."
    return None


def problem_of_value(value: str) -> str | None:
    """Return what is wrong with its value."""
    if len(value) > VALUE_LENGTH or not _VALUE.fullmatch(value):
        return "A header's value has up to 1,000 visible ASCII characters, on one line."
    return None
