"""Holding real answers against the OpenAPI document: what it does not declare is an error."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.test import Client
from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from config.api.documentation import document_text

BASE = "urn:openapi"
METHODS = ("get", "put", "post", "delete", "patch")


@cache
def openapi() -> dict[str, Any]:
    """Return the document."""
    return json.loads(document_text())


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource(BASE, DRAFT202012.create_resource(openapi()))


@cache
def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return method (upper case), path template and operation, for each.

    Answers stand in it as if they were written there, and not references to the shared ones.
    """
    return [
        (method.upper(), path, with_own_answers(openapi(), item[method]))
        for path, item in openapi()["paths"].items()
        for method in METHODS
        if method in item
    ]


def with_own_answers(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """Return ``operation`` with every shared answer in its place."""
    shared = document["components"].get("responses", {})
    responses = {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }
    return {**operation, "responses": responses}


@cache
def _paths() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    return [
        (method, re.compile(re.sub(r"\{(\w+)\}", _pattern, template) + "?"), operation)
        for method, template, operation in operations()
    ]


def _pattern(parameter: re.Match[str]) -> str:
    return "[0-9]+" if parameter[1] == "page" else "[0-9a-f-]{36}"


def find_operation(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation that serves ``path``; None if the document knows none."""
    for known, pattern, operation in _paths():
        if known == method and pattern.fullmatch(path):
            return operation
    return None


def schema_errors(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what of ``value`` breaks a schema of the document, whose references it may use."""
    schema = json.loads(json.dumps(schema).replace('"#/', f'"{BASE}#/'))
    validator = OAS31Validator(
        schema, registry=_registry(), format_checker=OAS31Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def check_answer(
    method: str, path: str, status: int, headers: dict[str, str], body: bytes | None
) -> None:
    """Fail unless the document declares this answer; header names are in lower case."""
    operation = find_operation("GET" if method == "HEAD" else method, path)
    if operation is None:
        assert status in (404, 405), f"{method} {path} is not in the document"
        return
    where = f"{method} {path} → {status}"
    declared = operation["responses"].get(str(status))
    assert declared, f"{where} is not declared"
    for name, header in declared["headers"].items():
        shared = openapi()["components"]["headers"].get(header.get("$ref", "").rpartition("/")[2])
        required = (shared or header).get("required")
        assert name.lower() in headers or not required, f"{where} has no {name}"
    if method == "HEAD" or body is None:
        return
    content = declared.get("content", {})
    if not content:
        assert body == b"", f"{where} has a body"
        return
    media_type = headers["content-type"].partition(";")[0]
    assert media_type in content, f"{where} is {media_type}"
    if media_type.endswith("json"):
        errors = schema_errors(content[media_type]["schema"], json.loads(body))
        assert errors == [], f"{where}: {errors}"


class ApiClient(Client):
    """A program that uses the API as documented; each answer is held against the document."""

    def __init__(self, key: str | None = None, **defaults: Any) -> None:
        if key:
            defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        super().__init__(**defaults)

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        """Send, check, return the answer."""
        response = super().generic(method, path, *args, **kwargs)
        if path.startswith("/api/"):
            headers = {name.lower(): value for name, value in response.items()}
            body = None if response.streaming else response.content
            check_answer(method, path.partition("?")[0], response.status_code, headers, body)
        return response

    def send_json(self, path: str, value: Any, **extra: Any) -> Any:
        """POST ``value`` as JSON; text goes as it is."""
        data = value if isinstance(value, str | bytes) else json.dumps(value)
        return self.post(path, data, content_type="application/json", **extra)
