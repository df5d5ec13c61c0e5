"""What the OpenAPI document owes its readers, operation by operation.

``faults(document)`` returns a sentence for each thing that is missing: where, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from config.tests.conformance import METHODS, with_own_answers

Json = dict[str, Any]
LANGUAGES = {"Shell", "Python", "JavaScript"}
# Bodies that are bytes: an example would say nothing.
READABLE = {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
EXEMPLARY = {"application/json", "application/problem+json"}
SUMMARY_MAX = 60
SCHEMES = {
    ("http", "bearer"),
    ("http", "basic"),
    ("apiKey", "header"),
    ("apiKey", "cookie"),
    ("oauth2", None),
}


def faults(document: Json) -> list[str]:
    """Return every fault."""
    return [*_of_the_whole(document), *_of_tags(document), *_of_components(document)] + [
        f"{operation.get('operationId') or f'{method} {path}'}: {fault}"
        for method, path, operation in _operations(document)
        for fault in (*_of_its_head(operation), *_of_operation(method, operation))
    ]


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, with_own_answers(document, item[method])


def _of_the_whole(document: Json) -> Iterator[str]:
    info = document["info"]
    if missing := {"title", "version", "description", "license", "contact"} - info.keys():
        yield f"info has no {sorted(missing)}"
    schemes = document["components"]["securitySchemes"].values()
    kinds = {(each["type"], each.get("scheme") or each.get("in")) for each in schemes}
    if missing_ways := SCHEMES - kinds:
        yield f"there is no way to authenticate by {sorted(map(str, missing_ways))}"
    if not all(each.get("description") for each in schemes):
        yield "a way to authenticate is not described"
    ids = [operation.get("operationId") for _, _, operation in _operations(document)]
    for twice in {each for each in ids if ids.count(each) > 1}:
        yield f"the id {twice} is used twice"


def _of_tags(document: Json) -> Iterator[str]:
    declared = [tag["name"] for tag in document["tags"]]
    used = {tag for _, _, operation in _operations(document) for tag in operation.get("tags", ())}
    for name in sorted(used - {*declared}):
        yield f"the tag {name} is not declared in config/openapi.py"
    for name in sorted({*declared} - used):
        yield f"the tag {name} has no operations"
    for tag in document["tags"]:
        if not tag.get("description"):
            yield f"the tag {tag['name']} is not described"


def _of_components(document: Json) -> Iterator[str]:
    sent, answered = set(), set()
    for _, _, operation in _operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            sent.add(media["schema"].get("$ref"))
        for answer in operation["responses"].values():
            for media in answer.get("content", {}).values():
                answered.add(media["schema"].get("$ref"))
    for name in sorted((sent & answered) - {None}):
        yield f"{name} is both sent and answered: make two components"
    for name, header in document["components"].get("headers", {}).items():
        yield from (f"header {name}: {fault}" for fault in _of_header(header))


def _of_its_head(operation: Json) -> Iterator[str]:
    if not re.fullmatch("[a-z]+([A-Z][a-z]+)+(AmI)?", operation.get("operationId", "")):
        yield "its id is no verb with its noun, as in listJobs"
    summary = operation.get("summary", "")
    if not summary or len(summary) > SUMMARY_MAX or summary.endswith("."):
        yield f"its summary is empty, longer than {SUMMARY_MAX}, or ends with a stop: {summary!r}"
    if not operation.get("description"):
        yield "it has no description"
    if len(operation.get("tags", ())) != 1:
        yield "it has not exactly one tag"
    if "security" not in operation and "credential" not in operation.get("description", ""):
        yield "it does not say who may call it"


def _of_operation(method: str, operation: Json) -> Iterator[str]:
    if {each.get("lang") for each in operation.get("x-codeSamples", ())} != LANGUAGES:
        yield f"it has no code samples in {sorted(LANGUAGES)}"
    for parameter in operation.get("parameters", ()):
        yield from (f"{parameter['name']}: {fault}" for fault in _of_parameter(parameter))
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        if kind in READABLE and not media.get("examples"):
            yield f"its request as {kind} has no example"
    if method == "POST" and operation.get("security") and not _takes_key(operation):
        yield "it does not take Idempotency-Key"
    for status, answer in operation["responses"].items():
        yield from (f"{status}: {fault}" for fault in _of_answer(status, answer, operation))


def _takes_key(operation: Json) -> bool:
    return any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))


def _of_parameter(parameter: Json) -> Iterator[str]:
    if not parameter.get("description"):
        yield "it is not described (help_text)"
    if parameter["in"] == "path" and "example" not in parameter and "examples" not in parameter:
        yield "it has no example"
    if not parameter.get("schema"):
        yield "it has no type"


def _of_answer(status: str, answer: Json, operation: Json) -> Iterator[str]:
    headers = answer.get("headers", {})
    if not answer.get("description"):
        yield "it is not described"
    if "X-Request-ID" not in headers:
        yield "it has no X-Request-ID"
    if operation.get("security") and "RateLimit" not in headers:
        yield "it has no RateLimit"
    needed = {"401": {"WWW-Authenticate"}}
    if operation.get("security"):  # what strangers ask for has no address: it goes by mail
        needed["202"] = {"Location", "Retry-After"}
    needed |= dict.fromkeys(("429", "503"), {"Retry-After"})
    for name in sorted(needed.get(status, set()) - headers.keys()):
        yield f"it has no {name}"
    for name, header in headers.items():
        if "$ref" not in header:
            yield from (f"header {name}: {fault}" for fault in _of_header(header))
    for kind, media in answer.get("content", {}).items():
        if kind in EXEMPLARY and not media.get("examples"):
            yield f"it has no example of {kind}"


def _of_header(header: Json) -> Iterator[str]:
    if not header.get("description"):
        yield "it is not described"
    schema = header.get("schema", {})
    if "example" not in header and "examples" not in header and "enum" not in schema:
        yield "it has no example: add one to EXAMPLES in config/api/described_headers.py"
