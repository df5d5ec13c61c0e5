"""Forms of our pages that are sent twice: the second click finds what the first has made."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.fingerprints import fingerprint_of_form
from accounts.middleware import request_principal
from accounts.services.idempotency import (
    BadIdempotencyKey,
    IdempotencyKeyInUse,
    Outcome,
    do_once,
    read_key,
)

FIELD = "once"
# The browser forgets its first click and shows the answer to its second: that one must wait.
PATIENCE_SECONDS = 10


def once_field() -> SafeString:
    """Return the hidden field that names a form as it was drawn this time."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid.uuid4())


def do_form_once(
    request: HttpRequest, work: Callable[[], Outcome | None]
) -> tuple[Outcome | None, bool]:
    """Do ``work`` unless the same form with the same content has done it (``do_once``).

    Who goes back, changes something and sends again asks for something else. Without the field
    everything is done. Raises IdempotencyKeyInUse when the first click takes very long, and what
    ``work`` raises.
    """
    principal = request_principal(request)
    try:
        name = read_key(request.POST.get(FIELD, ""))
    except BadIdempotencyKey:
        return work(), False
    if principal is None:
        return work(), False
    fingerprint = fingerprint_of_form(request, request.POST)
    try:
        return do_once(
            principal=principal,
            operation=f"form {request.path}",
            key=f"{name} {fingerprint.hex()}",
            fingerprint=fingerprint,
            work=work,
            patience_seconds=PATIENCE_SECONDS,
        )
    except IdempotencyKeyInUse:
        raise IdempotencyKeyInUse(
            "This was sent twice, and the first is still being worked on. Please wait a moment."
        ) from None
