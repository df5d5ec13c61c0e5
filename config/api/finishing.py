"""The OpenAPI document's last steps: what is the same for every operation, said of each."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from config.api.catalogue import CATALOGUE
from config.api.described_headers import ALWAYS, COMPONENTS, EXAMPLES, RATE, reference
from config.api.problems import PROBLEM_TYPE
from config.api.samples import code_samples
from config.errors import Invalid

Json = dict[str, Any]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SOME_ID = "1f0c3a52-6f0e-4a54-9d3b-52f7b8f1f6d0"


def finish(result: Json, **_: Any) -> Json:
    """Post-process: headers, examples, parameters in paths, code samples; refusals said once."""
    components = result["components"]
    components["headers"] = dict(COMPONENTS)
    components["examples"] = {
        code: {"summary": CATALOGUE[code].title, "value": _refusal_example(code)}
        for code in sorted(_codes_in(result))
    }
    components["examples"] |= {
        f"{code}_problem": {"summary": CATALOGUE[code].title, "value": _problem_example(code)}
        for code in sorted(_codes_in(result, PROBLEM_TYPE))
    }
    for path, method, operation in _operations(result):
        _describe_path(operation)
        _ask_for_bodies(operation, components["schemas"])
        _lend_examples_to_forms(operation, components["schemas"])
        for answer in operation["responses"].values():
            _describe_headers(answer, is_counted=bool(operation.get("security")))
        operation["x-codeSamples"] = code_samples(method, path, operation, result)
    components["responses"] = _share_refusals(result)
    return result


def _operations(result: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _describe_path(operation: Json) -> None:
    """Say what each id in a path is, unless it was said."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] != "path":
            continue
        name = parameter["name"]
        thing = name.removesuffix("_id").replace("_", " ")
        parameter.setdefault("description", f"The id of the {thing}.")
        if "examples" not in parameter and parameter["schema"].get("format") == "uuid":
            parameter.setdefault("example", _id_in_answers(name, operation))


def _ask_for_bodies(operation: Json, schemas: Json) -> None:
    """Say that a body must be there, where each of its shapes has something that must."""
    content = operation.get("requestBody", {}).get("content", {})
    if content and all(_asks(media["schema"], schemas) for media in content.values()):
        operation["requestBody"]["required"] = True


def _asks(schema: Json, schemas: Json) -> bool:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    either: list[Json] = schema.get("oneOf") or schema.get("anyOf") or []
    return bool(schema.get("required")) or bool(
        either and all(_asks(one, schemas) for one in either)
    )


def _id_in_answers(name: str, operation: Json) -> str:
    """Return the id that the operation's own examples speak of: they are one story."""
    for answer in operation["responses"].values():
        for media in answer.get("content", {}).values():
            for example in media.get("examples", {}).values():
                value = example.get("value")
                if isinstance(value, dict) and (found := value.get(name) or value.get("id")):
                    return str(found)
    return SOME_ID


def _lend_examples_to_forms(operation: Json, schemas: Json) -> None:
    """Give forms the examples of the JSON body beside them, where they have the same fields."""
    content = operation.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples")
    for kind in FORMS:
        media = content.get(kind)
        if examples and media and "examples" not in media:
            fields = _fields(media["schema"], schemas)
            if fitting := {
                name: example
                for name, example in examples.items()
                if example["value"].keys() <= fields
            }:
                media["examples"] = fitting


def _fields(schema: Json, schemas: Json) -> set[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    either: list[Json] = schema.get("oneOf") or schema.get("anyOf") or []
    return {*schema.get("properties", ())}.union(*(_fields(each, schemas) for each in either))


def _describe_headers(answer: Json, *, is_counted: bool) -> None:
    headers = answer.setdefault("headers", {})
    for name, header in headers.items():
        if "$ref" not in header and name in EXAMPLES and "enum" not in header["schema"]:
            header.setdefault("example", EXAMPLES[name])
    for name in (*ALWAYS, *(RATE if is_counted else ())):
        headers[name] = reference(name)


def _codes_in(result: Json, kind: str = "application/json") -> set[str]:
    return {
        code
        for _, _, operation in _operations(result)
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get(kind, {}).get("examples", {})
        if code in CATALOGUE
    }


def _refusal_example(code: str) -> Json:
    entry = CATALOGUE[code]
    detail: Any = f"{entry.title}."
    if code == Invalid.code:
        bad = {"loc": ["body", "opacity"], "type": "less_than_equal", "ctx": {"le": 1.0}}
        detail = [{**bad, "msg": "Input should be less than or equal to 1"}]
    return {
        "type": code,
        "title": entry.title,
        "status": entry.status,
        "detail": detail,
        "request_id": "0f8b5c0e9d7e4c1f8a52f3a0c6f1d2b4",
    }


def _problem_example(code: str) -> Json:
    """Return the same as RFC 9457 has it."""
    plain = _refusal_example(code)
    is_list = isinstance(plain["detail"], list)
    return {
        **plain,
        "type": f"https://api.example.com/docs/errors#{code}",
        "detail": Invalid.message if is_list else plain["detail"],
        "instance": "/api/v1/watermark/",
        "code": code,
        **({"errors": plain["detail"]} if is_list else {}),
    }


def _share_refusals(result: Json) -> Json:
    """Make components of the refusals that several operations have; return these.

    They were more than half of the document.
    """
    refusals = [
        (operation["responses"], status)
        for _, _, operation in _operations(result)
        for status in operation["responses"]
        if status >= "400"
    ]
    texts = Counter(json.dumps(responses[status]) for responses, status in refusals)
    names: dict[str, str] = {}
    for text in sorted(text for text, count in texts.items() if count > 1):
        names[text] = _unused(_name_of(json.loads(text)), names.values())
    for responses, status in refusals:
        if name := names.get(json.dumps(responses[status])):
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    return {name: json.loads(text) for text, name in sorted(names.items(), key=lambda it: it[1])}


def _name_of(answer: Mapping[str, Any]) -> str:
    codes = [*answer["content"]["application/json"].get("examples", {})]
    if len(codes) == 1:
        return "".join(word.capitalize() for word in codes[0].split("_"))
    phrase = HTTPStatus(CATALOGUE[codes[0]].status).phrase if codes else "Other"
    return "".join(re.findall(r"\w+", phrase.title()))


def _unused(name: str, used: Any) -> str:
    taken = {*used}
    number = 2
    candidate = name
    while candidate in taken:
        candidate, number = f"{name}{number}", number + 1
    return candidate
