"""The OpenAPI document: valid, complete, committed."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import URLPattern, get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from config import __version__
from config.api.catalogue import CATALOGUE
from config.api.documentation import document_text
from config.api.endpoints import Endpoint
from config.tests.conformance import openapi, operations, schema_errors

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_made_without_a_warning():
    noise = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO(), stderr=noise)
    assert noise.getvalue() == ""


def test_it_is_valid_by_the_standard():
    assert [error.message for error in OpenAPIV31SpecValidator(openapi()).iter_errors()] == []


def test_the_committed_document_is_this_one():
    committed = (ROOT / "docs" / "openapi.json").read_text()
    assert committed == document_text(), "run: python manage.py write_openapi"


def test_its_version_is_the_products():
    assert openapi()["info"]["version"] == __version__


def served():
    """Return each method and path template that a view under /api/ has code for."""

    def walk(patterns, prefix=""):
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLPattern):
                yield route, each.callback
            else:
                yield from walk(each.url_patterns, route)

    for route, view in walk(get_resolver().url_patterns):
        if hasattr(view, "cls"):
            path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
            for method in Endpoint.http_method_names:
                if hasattr(view.cls, method) and method != "head":
                    yield method.upper(), path


def test_it_has_every_operation_that_is_served_and_no_other():
    assert {(method, path) for method, path, _ in operations()} == set(served())


def test_every_operation_is_told_well():
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations():
        assert operation["summary"] and len(operation["tags"]) == 1
        described = operation.get("parameters", [])
        assert all(each.get("description") for each in described if each["in"] != "path")
        for status, answer in operation["responses"].items():
            where = f"{method} {path} {status}"
            assert answer["description"], where
            assert "X-Request-ID" in answer["headers"], where
            if int(status) >= 400 and operation["operationId"] != "getHealth":
                assert {"application/json", "application/problem+json"} == set(answer["content"])


def test_every_field_is_typed_and_every_component_described():
    for name, schema in openapi()["components"]["schemas"].items():
        explains_itself = {*schema} & {"$ref", "enum", "oneOf"} or schema.get("type") == "null"
        assert explains_itself or schema.get("description"), name
        for field, described in schema.get("properties", {}).items():
            assert described, f"{name}.{field}"


def test_every_example_is_what_its_schema_says():
    examples = openapi()["components"]["examples"]
    count = 0
    for _, path, operation in operations():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media in body.get("content", {}).values():
                for name, example in media.get("examples", {}).items():
                    if "$ref" in example:
                        example = examples[example["$ref"].rpartition("/")[2]]
                    errors = schema_errors(media["schema"], example["value"])
                    assert errors == [], f"{path} {name}: {errors}"
                    count += 1
    assert count > 100


def test_every_code_has_an_example_with_its_own_status():
    for code, example in openapi()["components"]["examples"].items():
        assert example["value"]["status"] == CATALOGUE[code.removesuffix("_problem")].status


def test_five_ways_to_authenticate_and_each_suffices():
    schemes = openapi()["components"]["securitySchemes"]
    # Beside them, what opens connections for browsers, which send no header there; and what
    # RapidAPI's proxy sends, two headers together.
    ticket, proxy = ("ticket",), ("rapidApiProxy", "rapidApiUser")
    alone = {*schemes} - {*ticket, *proxy}
    assert len(alone) == 5
    open_to_all = {"getHealth", "createTokens", "refreshTokens", "revokeTokens"}
    open_to_all |= {"signUp", "verifyEmail", "requestPasswordReset", "resetPassword"}
    open_to_all |= {"acceptInvitation"}
    for _, _, operation in operations():
        if operation["operationId"] not in open_to_all:
            takes_ticket = operation["operationId"].startswith("follow")
            ways = {tuple(sorted(way)) for way in operation["security"]}
            assert ways - {proxy} == {(one,) for one in alone} | (
                {ticket} if takes_ticket else set()
            )


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/docs/errors"])
def test_the_reference_needs_no_database(client, path):
    assert client.get(path).status_code == 200


def test_every_code_is_explained_where_problem_types_lead(client):
    page = client.get("/docs/errors").content.decode()
    for code in CATALOGUE:
        assert f'id="{code}"' in page
    assert 'id="job-encrypted"' in page


def test_the_document_is_json_of_plain_text():
    assert json.loads(document_text()) == openapi()
    assert document_text().endswith("}\n")
