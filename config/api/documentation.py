"""``/openapi.json``, ``/docs`` and ``/redoc``: from our own files, under a strict policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from config.api.catalogue import CATALOGUE
from config.middleware import CONTENT_SECURITY_POLICY

# ReDoc searches in a worker that it makes of a blob. Of inline styles it gets exactly two: the
# empty element that it fills by script, and the one constant text of the version that we pin.
REDOC_POLICY = (
    f"{CONTENT_SECURITY_POLICY}; worker-src 'self' blob:; style-src 'self'"
    " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)


@cache
def document_text() -> str:
    """Return the OpenAPI document of this version of the code; made once a process."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@cache
def _etag() -> str:
    return f'"{hashlib.sha256(document_text().encode()).hexdigest()[:32]}"'


@require_safe
def openapi(request: HttpRequest) -> HttpResponseBase:
    """``/openapi.json``."""
    response = get_conditional_response(request, etag=_etag())
    if response is None:
        response = HttpResponse(document_text(), content_type="application/json")
    response["ETag"] = _etag()
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """``/docs``: try the API with one's own key."""
    return render(request, "api/swagger.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """``/redoc``: the same document, to be read."""
    response = render(request, "api/redoc.html")
    response["Content-Security-Policy"] = REDOC_POLICY
    return response


@require_safe
def errors(request: HttpRequest, failures: Mapping[str, str]) -> HttpResponse:
    """``/docs/errors``: every code, and what can be done; problem+json's types lead here.

    ``failures`` has the sentence of each code with which work can fail later.
    """
    entries = sorted(CATALOGUE.items(), key=lambda item: (item[1].status, item[0]))
    return render(request, "api/errors.html", {"entries": entries, "failures": failures})
