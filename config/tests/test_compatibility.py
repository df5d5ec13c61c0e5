"""Programs written for the last release's API go on working; what would stop them is noticed."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config import __version__
from config.tests.compatibility import breaks
from config.tests.conformance import openapi

RELEASES = Path(__file__).resolve().parents[2] / "docs" / "openapi"
Json = dict[str, Any]


def test_nothing_breaks_that_was_not_declared() -> None:
    released = json.loads((RELEASES / f"{__version__}.json").read_text())
    declared = tomllib.loads((RELEASES / "breaking.toml").read_text()).get("break", [])
    assert all(each["reason"] for each in declared)
    found = breaks(released, openapi())
    assert sorted(found) == sorted(each["what"] for each in declared), (
        "declare it in docs/openapi/breaking.toml, with the reason"
    )


def test_a_document_breaks_nothing_of_itself() -> None:
    assert breaks(openapi(), openapi()) == []


THING = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"$ref": "#/components/schemas/State"},
        "note": {"type": ["string", "null"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
    },
    "required": ["id", "note"],
}
FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "size": {"type": "number", "minimum": 0, "maximum": 10},
        "state": {"$ref": "#/components/schemas/State"},
        "where": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^x$"}]},
        "inner": {"$ref": "#/components/schemas/Form"},
    },
    "required": ["name"],
    "additionalProperties": False,
}
SMALL: Json = {
    "paths": {
        "/things/": {
            "post": {
                "operationId": "makeThing",
                "security": [{"key": []}, {"oauth2": ["things:write"]}],
                "parameters": [
                    {"in": "query", "name": "dry", "schema": {"type": "boolean"}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Form"}},
                        "multipart/form-data": {"schema": {"$ref": "#/components/schemas/Form"}},
                    }
                },
                "responses": {
                    "201": {"$ref": "#/components/responses/Made"},
                    "404": {"description": "Gone."},
                },
            },
            "get": {"operationId": "listThings", "responses": {"200": {"description": "All."}}},
        }
    },
    "components": {
        "schemas": {"Thing": THING, "Form": FORM, "State": {"type": "string", "enum": ["a", "b"]}},
        "responses": {
            "Made": {
                "headers": {"Location": {"required": True, "schema": {}}, "Age": {"schema": {}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
            }
        },
    },
}
POST = "paths./things/.post"
FORM_AT = "components.schemas.Form"
THING_AT = "components.schemas.Thing"


def changed(at: str, value: Any = None) -> Json:
    """Return the small document with ``value`` at a place; without one, with nothing there."""
    document = copy.deepcopy(SMALL)
    *above, last = [int(key) if key.isdigit() else key for key in at.split(".")]
    inner: Any = document
    for key in above:
        inner = inner[key] if isinstance(key, int) or key in inner else inner[str(key)]
    last = last if isinstance(inner, list) or not isinstance(last, int) else str(last)
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return document


BREAKS = [
    ("paths./things/.get", None, "GET /things/: removed"),
    (f"{POST}.operationId", "createThing", "makeThing is now createThing"),
    ("paths./things/.get.security", [{"key": []}], "needs a credential"),
    (f"{POST}.security", [{"key": []}], "oauth2 no longer authenticates"),
    (f"{POST}.security.1.oauth2", ["things:write", "x:y"], "needs the scope x:y"),
    (f"{POST}.parameters.0", None, "query dry removed"),
    (f"{POST}.parameters.0.required", True, "query dry is required"),
    (f"{POST}.parameters.0.schema.type", "string", "boolean where string was meant"),
    (f"{POST}.parameters.1.schema.maximum", 50, "maximum is 50, was 100"),
    (f"{POST}.requestBody.required", True, "body is required"),
    (f"{POST}.requestBody.content.multipart/form-data", None, "multipart/form-data removed"),
    (f"{FORM_AT}.required", ["name", "size"], "body.size is required"),
    (f"{FORM_AT}.properties.size", None, "body.size removed"),
    (f"{FORM_AT}.properties.size.minimum", 1, "minimum is 1, was 0"),
    (f"{FORM_AT}.properties.size.type", "integer", "number where integer was meant"),
    (f"{FORM_AT}.properties.name.maxLength", 50, "maxLength is 50"),
    (f"{FORM_AT}.properties.name.pattern", "^y$", "another pattern"),
    (f"{FORM_AT}.properties.name.enum", ["y"], "only some values"),
    (f"{FORM_AT}.properties.where.anyOf.1", None, "choice 2 is no longer taken"),
    ("components.schemas.State.enum", ["a"], "'b' is no longer taken"),
    (f"{POST}.responses.201", None, "answer 201 removed"),
    ("components.responses.Made.headers.Location", None, "header Location of 201 removed"),
    ("components.responses.Made.content", {"text/csv": {}}, "application/json removed"),
    (f"{THING_AT}.properties.id", None, "201.id removed"),
    (f"{THING_AT}.properties.id.format", "uri", "string/uri where string/uuid was meant"),
    (f"{THING_AT}.properties.id.type", ["string", "null"], "null where string/uuid was meant"),
    (f"{THING_AT}.required", ["id"], "201.note may be missing"),
]


@pytest.mark.parametrize(("at", "value", "told"), BREAKS, ids=[told for *_, told in BREAKS])
def test_a_break_is_noticed(at: str, value: Any, told: str) -> None:
    found = breaks(SMALL, changed(at, value))
    assert any(told in each for each in found), found


NO_BREAKS = [
    ("paths./more/", {"get": {"operationId": "getMore", "responses": {}}}),
    (f"{POST}.security", [{"key": []}, {"oauth2": []}, {"more": []}]),
    (f"{POST}.parameters.1.schema.maximum", 500),
    (f"{FORM_AT}.required", ["x"][:0]),
    (f"{FORM_AT}.properties.more", {"type": "string"}),
    (f"{FORM_AT}.properties.name.type", ["string", "null"]),
    (
        f"{FORM_AT}.properties.where.anyOf",
        [*FORM["properties"]["where"]["anyOf"], {"type": "null"}],
    ),  # type: ignore[index]
    ("components.schemas.State.enum", ["a", "b", "c"]),
    ("components.responses.Made.headers.More", {}),
    ("components.responses.Made.headers.Age", None),
    (f"{POST}.responses.202", {"description": "Later."}),
    (f"{POST}.responses.404", {"description": "Other words."}),
    (f"{THING_AT}.properties.more", {"type": "string"}),
    (f"{THING_AT}.properties.note.type", "string"),
    (f"{THING_AT}.required", ["id", "note", "state"]),
]


@pytest.mark.parametrize(("at", "value"), NO_BREAKS, ids=[at for at, _ in NO_BREAKS])
def test_more_of_everything_is_no_break(at: str, value: Any) -> None:
    assert breaks(SMALL, changed(at, value)) == []
