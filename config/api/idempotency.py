"""What the API calls its keys, and where POSTs are answered (accounts/api/idempotency.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


@cache
def post_answerer() -> Callable[..., Any]:
    """Return what ``API_POST_ANSWERER`` names: this half of the room cannot import it."""
    answerer: Callable[..., Any] = import_string(settings.API_POST_ANSWERER)
    return answerer
