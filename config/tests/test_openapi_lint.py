"""The OpenAPI document owes its readers nothing; and what it would owe is noticed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from config.tests.conformance import openapi
from config.tests.openapi_lint import faults

DOCUMENTS = "/api/v1/documents/"


def test_nothing_is_missing() -> None:
    assert faults(openapi()) == []


def _remove(*path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return spoil


def _set(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return spoil


LIST = ("paths", DOCUMENTS, "get")
UPLOAD = ("paths", DOCUMENTS, "post")
MARK = ("paths", "/api/v1/watermark/", "post")
ONE = ("paths", "/api/v1/documents/{document_id}/", "get")
SENT = openapi()["paths"][DOCUMENTS]["post"]["requestBody"]["content"]["multipart/form-data"][
    "schema"
]
SPOILERS = {
    "info has no": _remove("info", "license"),
    "no way to authenticate by": _remove("components", "securitySchemes", "basicKey"),
    "is not described": _remove("components", "securitySchemes", "basicKey", "description"),
    "is used twice": _set("listJobs", *LIST, "operationId"),
    "no verb with its noun": _set("documents_list", *LIST, "operationId"),
    "is not declared": _set(["Papers"], *LIST, "tags"),
    "has no operations": _set([{"name": "More", "description": "More."}], "tags"),
    "exactly one tag": _set(["Documents", "Jobs"], *LIST, "tags"),
    "ends with a stop": _set("List documents.", *LIST, "summary"),
    "it has no description": _remove(*LIST, "description"),
    "who may call it": _remove(*LIST, "security"),
    "no code samples": _remove(*LIST, "x-codeSamples"),
    "document_id: it is not described": _remove(*ONE, "parameters", 0, "description"),
    "document_id: it has no example": _remove(*ONE, "parameters", 0, "example"),
    "multipart/form-data has no example": _remove(
        *UPLOAD, "requestBody", "content", "multipart/form-data", "examples"
    ),
    "does not take Idempotency-Key": _set([], *UPLOAD, "parameters"),
    "200: it is not described": _set("", *LIST, "responses", "200", "description"),
    "it has no X-Request-ID": _remove(*LIST, "responses", "200", "headers", "X-Request-ID"),
    "it has no RateLimit": _remove(*LIST, "responses", "200", "headers", "RateLimit"),
    "202: it has no Location": _remove(*MARK, "responses", "202", "headers", "Location"),
    "header Location: it has no example": _remove(
        *MARK, "responses", "202", "headers", "Location", "example"
    ),
    "200: it has no example of application/json": _remove(
        *LIST, "responses", "200", "content", "application/json", "examples"
    ),
    "it has no example of application/problem+json": _remove(
        *("components", "responses", "NotFound", "content"), "application/problem+json", "examples"
    ),
    "both sent and answered": _set(
        SENT,
        *(*LIST, "responses", "200", "content", "application/json", "schema"),
    ),
}


@pytest.mark.parametrize("fault", SPOILERS)
def test_a_missing_thing_is_noticed(fault: str) -> None:
    document = copy.deepcopy(openapi())
    SPOILERS[fault](document)
    assert any(fault in found for found in faults(document)), faults(document)
