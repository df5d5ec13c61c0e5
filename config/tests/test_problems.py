"""Refusals as HTTP: one shape, one catalogue, never a trace."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from redis import exceptions as redis_errors
from rest_framework import exceptions as drf
from rest_framework import serializers

from config.api import refusals
from config.api.catalogue import CATALOGUE
from config.api.problems import problem_response
from config.api.shapes import Shape
from config.errors import Conflict, DomainError, Invalid, LimitReached, Unavailable
from config.tests import faulty_urls

ROOMS = ("config", "accounts", "billing", "documents")
UNREAD = re.compile(r"\.(tests|migrations|settings\w*|__main__|conftest)\b")


@pytest.fixture
def ask(settings):
    settings.ROOT_URLCONF = "config.tests.faulty_urls"
    client = Client(raise_request_exception=False)

    def ask(path, error, **headers):
        faulty_urls.raised.append(error)
        return client.get(path, **headers)

    yield ask
    faulty_urls.raised.clear()


def kinds(parent=DomainError):
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def own_kinds():
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not UNREAD.search(module.name):
                importlib.import_module(module.name)
    return {kind for kind in kinds() if ".tests." not in kind.__module__}


def test_every_refusal_is_in_the_catalogue_with_its_status():
    declared = {(kind.code, kind.status) for kind in own_kinds()}
    assert declared == {(code, entry.status) for code, entry in CATALOGUE.items()}


def test_codes_are_snake_case_and_what_must_wait_says_how_long():
    for kind in own_kinds():
        assert re.fullmatch("[a-z]+(_[a-z]+)*", kind.code)
        if kind.status in (429, 503):
            assert kind.retry_after_seconds >= 1


class Busy(Conflict):
    code = "conflict"
    message = "Busy."


CASES = [
    (Busy(), 409, "conflict"),
    (Busy("Very busy."), 409, "conflict"),
    (LimitReached(), 402, "quota_exceeded"),
    (Invalid("Bad."), 422, "validation_error"),
    (Unavailable(), 503, "unavailable"),
    (OperationalError("server closed the connection"), 503, "unavailable"),
    (InterfaceError("connection already closed"), 503, "unavailable"),
    (redis_errors.ConnectionError("refused"), 503, "unavailable"),
    (redis_errors.TimeoutError("too slow"), 503, "unavailable"),
    (Http404("secret"), 404, "not_found"),
    (PermissionDenied("secret"), 403, "permission_denied"),
    (SuspiciousOperation("secret"), 400, "bad_request"),
    (TooManyFieldsSent("secret"), 400, "bad_request"),
    (RequestDataTooBig("secret"), 413, "payload_too_large"),
    (DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), 400, "bad_request"),
    (DataError("value too long"), 500, "internal_error"),
    (KeyError("secret"), 500, "internal_error"),
    (refusals.RateLimited(retry_after_seconds=7), 429, "rate_limited"),
]
DRF_CASES = [
    (drf.ValidationError({"a": ["secret"]}), 422, "validation_error"),
    (drf.ParseError("JSON parse error"), 400, "malformed_json"),
    (drf.ParseError("other"), 400, "bad_request"),
    (drf.NotAuthenticated(), 401, "not_authenticated"),
    (drf.AuthenticationFailed(), 401, "not_authenticated"),
    (drf.PermissionDenied(), 403, "permission_denied"),
    (drf.NotFound(), 404, "not_found"),
    (drf.MethodNotAllowed("GET"), 405, "method_not_allowed"),
    (drf.UnsupportedMediaType("a/b"), 415, "unsupported_media_type"),
    (drf.Throttled(wait=3), 429, "rate_limited"),
    (drf.APIException(), 500, "internal_error"),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES + DRF_CASES)
@pytest.mark.parametrize("path", ["/api/raise/", "/api/drf/"])
def test_under_api_everything_is_json(ask, path, error, status, code):
    answer = ask(path, error)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert (body["type"], body["status"]) == (code, status)
    assert body["title"] == CATALOGUE[code].title
    assert body["request_id"] == answer["X-Request-ID"]
    assert ("Retry-After" in answer) == (status in (429, 503))
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert answer["Cache-Control"] == "no-store"
    if not isinstance(error, drf.APIException):
        assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(("error", "status", "code"), CASES)
def test_elsewhere_everything_is_a_page(ask, error, status, code, django_assert_num_queries):
    answer = ask("/raise/", error, HTTP_ACCEPT="text/html")

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    page = answer.content.decode()
    assert "<h1" in page
    assert answer["X-Request-ID"] in page
    assert "secret" not in page
    assert "Traceback" not in page


def test_a_script_of_our_pages_gets_json(ask):
    answer = ask("/raise/", Busy(), HTTP_ACCEPT="application/json")
    assert answer.json()["detail"] == "Busy."


def test_a_browser_that_opens_the_api_gets_json(ask):
    assert ask("/api/raise/", Busy(), HTTP_ACCEPT="text/html,*/*").json()["type"] == "conflict"


def test_the_wait_is_the_raisers_word(ask):
    assert ask("/api/raise/", refusals.RateLimited(retry_after_seconds=7))["Retry-After"] == "7"
    assert ask("/api/raise/", drf.Throttled(wait=0.2))["Retry-After"] == "1"


def test_a_crash_is_logged_with_its_trace_and_shown_without(ask, caplog):
    ask("/api/raise/", KeyError("secret"))
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.exc_info and record.exc_info[0] is KeyError


def test_a_refusal_is_no_crash(ask, caplog):
    for path in ("/api/raise/", "/api/drf/", "/raise/"):
        ask(path, Busy())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_status_without_a_page_of_its_own_still_has_one():
    class Teapot(DomainError):
        code = "teapot"
        status = 418
        message = "I am a <teapot>."

    answer = problem_response(RequestFactory().get("/"), Teapot())
    assert answer.status_code == 418
    assert b"&lt;teapot&gt;" in answer.content


def test_without_any_template_there_is_still_a_page(settings):
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": []}
    ]
    answer = problem_response(RequestFactory().get("/"), Busy("<b>"))
    assert (answer.status_code, b"&lt;b&gt;" in answer.content) == (409, True)


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_as_a_page():
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"})
    assert answer.status_code == 403
    assert answer["X-Request-ID"] in answer.content.decode()


def test_a_wrong_host_is_refused(client):
    answer = client.get("/api/v1/jobs/", HTTP_HOST="evil.example")
    assert (answer.status_code, answer.json()["type"]) == (400, "bad_request")


# --- DRF's errors in pydantic's words -----------------------------------------------------------


class Inner(Shape):
    depth = serializers.IntegerField(min_value=1)


class Everything(Shape):
    text = serializers.CharField(min_length=2, max_length=3)
    number = serializers.IntegerField(max_value=5)
    share = serializers.FloatField()
    flag = serializers.BooleanField()
    identifier = serializers.UUIDField()
    instant = serializers.DateTimeField()
    email = serializers.EmailField()
    kind = serializers.ChoiceField(choices=["a", "b"])
    only = serializers.ChoiceField(choices=["a"])
    many = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    inner = Inner()
    inners = Inner(many=True)
    needed = serializers.CharField()
    filled = serializers.CharField()
    absent = serializers.CharField(required=False)


def test_each_kind_of_mistake_has_pydantics_name():
    with pytest.raises(Invalid) as caught:
        Everything.read(
            {
                "text": "long",
                "number": 6,
                "share": "x",
                "flag": "x",
                "identifier": "x",
                "instant": "x",
                "email": "x",
                "kind": "c",
                "only": "c",
                "many": [],
                "inner": {"depth": 0},
                "inners": [{"depth": 1, "more": 2}, {"depth": "x"}],
                "filled": " ",
                "absent": None,
                "extra": 1,
            }
        )

    found = {".".join(map(str, each["loc"])): each for each in caught.value.problems}
    assert json.loads(json.dumps(list(found.values())))
    assert {name: (each["type"], each.get("ctx")) for name, each in found.items()} == {
        "body.text": ("string_too_long", {"max_length": 3}),
        "body.number": ("less_than_equal", {"le": 5}),
        "body.share": ("float_parsing", None),
        "body.flag": ("bool_parsing", None),
        "body.identifier": ("uuid_parsing", None),
        "body.instant": ("datetime_parsing", None),
        "body.email": ("value_error", None),
        "body.kind": ("enum", {"expected": "'a' or 'b'"}),
        "body.only": ("enum", {"expected": "'a'"}),
        "body.many": ("too_short", None),
        "body.inner.depth": ("greater_than_equal", {"ge": 1}),
        "body.inners.0.more": ("extra_forbidden", None),
        "body.inners.1.depth": ("int_parsing", None),
        "body.needed": ("missing", None),
        "body.filled": ("string_too_short", {"min_length": 1}),
        "body.absent": ("none_forbidden", None),
        "body.extra": ("extra_forbidden", None),
    }
    assert found["body.number"]["msg"] == "Input should be less than or equal to 5"
    assert found["body.text"]["msg"] == "String should have at most 3 characters"


@pytest.mark.parametrize("given", [None, [], "text", 3])
def test_only_an_object_is_read(given):
    _, (problem,) = Everything.examine(given)
    assert (problem["loc"], problem["type"]) == (["body"], "dict_type")


class Listed(Shape):
    inners = serializers.ListField(child=Inner())


def test_names_that_nobody_reads_are_found_in_lists():
    _, (problem,) = Listed.examine({"inners": [{"depth": 1}, {"depth": 1, "more": 2}]})
    assert (problem["loc"], problem["type"]) == (["body", "inners", 1, "more"], "extra_forbidden")


class Named(Shape):
    one = serializers.UUIDField(required=False)
    many = serializers.ListField(child=serializers.UUIDField(), required=False)


@pytest.mark.parametrize("number", [0, 7, True, False, -1, 1 << 128, 0.5])
def test_a_number_is_no_id(number):
    """Else 7 would be 00000000-0000-0000-0000-000000000007, which Python makes of it."""
    _, problems = Named.examine({"one": number, "many": ["x", number]})
    found = [(".".join(map(str, each["loc"])), each["type"]) for each in problems]
    assert sorted(found) == [
        (f"body.{name}", "uuid_parsing") for name in ("many.0", "many.1", "one")
    ]
