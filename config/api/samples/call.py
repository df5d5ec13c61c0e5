"""One call of an operation, as its examples tell it; no language yet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

Json = dict[str, Any]
JSON, URLENCODED, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)
# Which body is shown, where several would do.
PREFERRED = (JSON, MULTIPART, URLENCODED)
SUFFIXES = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "image/png": "png",
    "text/csv": "csv",
    "text/event-stream": "txt",
}


@dataclass(frozen=True)
class Part:
    """One part of a form: a text, a file of that name, or ``json`` written down as text."""

    name: str
    text: str
    is_file: bool = False
    json: Any = None


class Untellable(ValueError):
    """A language has no short way of making this call."""


@dataclass
class Call:
    """A request, and whether the answer is JSON (``saved_as`` names the file, where not).

    ``server`` is the address to write out; without one it is in the environment.
    """

    method: str
    target: str
    needs_key: bool
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = ""
    json: Any = None
    parts: list[Part] = field(default_factory=list)
    file: str = ""
    saved_as: str = ""
    has_answer: bool = True
    server: str = ""


def call_of(method: str, path: str, operation: Json, document: Json) -> Call:
    """Return the call that an operation's examples make."""
    parameters = [_resolved(each, document) for each in operation.get("parameters", ())]
    query = {}
    call = Call(method.upper(), "", bool(operation.get("security")))
    for each in parameters:
        example = _example(each)
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(example), safe=""))
        elif each["in"] == "query" and each.get("required"):
            query[each["name"]] = example
        elif each["in"] == "header" and each.get("required"):
            call.headers[each["name"]] = str(example)
    call.target = f"{path}?{urlencode(query)}" if query else path
    _add_body(call, operation.get("requestBody", {}).get("content", {}), document)
    _add_answer(call, operation["responses"], document)
    return call


def _example(parameter: Json) -> Any:
    if "example" in parameter:
        return parameter["example"]
    for example in parameter.get("examples", {}).values():
        return example["value"]
    schema = parameter.get("schema", {})
    return next(iter(schema.get("enum", ())), schema.get("default", schema.get("minimum", "…")))


def _add_body(call: Call, content: Json, document: Json) -> None:
    kinds = [kind for kind in PREFERRED if _value(content.get(kind, {})) is not None]
    if kinds:
        call.media_type = kinds[0]
        media = content[call.media_type]
        value = _value(media)
        if call.media_type == JSON:
            call.json = value
        else:
            call.parts = _parts(value, media, document)
    elif others := [kind for kind in content if kind not in PREFERRED]:
        call.media_type, call.file = others[0], "offer-2026-17.pdf"


def _value(media: Json) -> Any:
    return next((each["value"] for each in media.get("examples", {}).values()), None)


def _parts(value: Json, media: Json, document: Json) -> list[Part]:
    schemas = _resolved(media["schema"], document).get("properties", {})
    parts = []
    for name, given in value.items():
        schema = _resolved(schemas.get(name, {}), document)
        items = given if isinstance(given, list) and schema.get("type") == "array" else [given]
        schema = _resolved(schema.get("items", schema), document)
        parts += [_part(name, item, schema) for item in items]
    return parts


def _part(name: str, value: Any, schema: Json) -> Part:
    if schema.get("format") == "binary":
        return Part(name, str(value), is_file=True)
    if isinstance(value, str):
        return Part(name, value)
    text = json.dumps(value, ensure_ascii=False)
    return Part(name, text, json=value if isinstance(value, dict | list) else None)


def _add_answer(call: Call, responses: Json, document: Json) -> None:
    for status, answer in sorted(responses.items()):
        if status.startswith("2"):
            kinds = [*_resolved(answer, document).get("content", {})]
            call.has_answer = bool(kinds)
            if kinds and JSON not in kinds:
                call.saved_as = f"answer.{SUFFIXES.get(kinds[0], 'bin')}"
            return


def _resolved(value: Json, document: Json) -> Json:
    while "$ref" in value:
        found: Any = document
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        value = found
    return value
