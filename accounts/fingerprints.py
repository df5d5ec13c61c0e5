"""What tells one request from another: its content, not the bytes that happen to wrap it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, QueryDict

from config.upload_form import StagedForm, staged_form

# Differs each time the same form is drawn.
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - a field's name


def fingerprint_of_form(request: HttpRequest, fields: QueryDict) -> bytes:
    """Return 32 bytes for a form: its fields, and of its files names and SHA-256.

    Neither the boundary nor the order of fields counts, since clients choose them anew.
    """
    files = _files(staged_form(request))
    return _digest(request, {"fields": _lists(fields.lists()), "files": files})


def fingerprint_of_body(request: HttpRequest) -> bytes:
    """Return 32 bytes for a body as it is."""
    kind = (request.content_type or "").lower()
    return _digest(request, {"kind": kind, "body": hashlib.sha256(request.body).hexdigest()})


def _digest(request: HttpRequest, content: Mapping[str, Any]) -> bytes:
    whole = {"query": request.META.get("QUERY_STRING", ""), **content}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).digest()


def _lists(fields: Iterable[tuple[str, list[Any]]]) -> dict[str, list[str]]:
    return {name: [str(value) for value in values] for name, values in fields if name != _TOKEN}


def _files(form: StagedForm | None) -> dict[str, list[tuple[str, str]]]:
    files = form.files if form else {}
    return {name: [(one.name, one.sha256) for one in each] for name, each in files.items()}
