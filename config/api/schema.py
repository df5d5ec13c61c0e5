"""The OpenAPI document: what ``Endpoint`` declares once, told of each operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers

from config.api.answers import Problem, ProblemDetails, ValidationProblem
from config.api.catalogue import CATALOGUE
from config.api.endpoints import Endpoint
from config.api.idempotency import HEADER, REPLAYED
from config.api.problems import PROBLEM_TYPE
from config.api.shapes import Shape
from config.errors import Invalid

F = TypeVar("F", bound=Callable[..., Any])

ALWAYS = ("internal_error", "unavailable", "overloaded")
WITH_CREDENTIAL = (
    *("not_authenticated", "invalid_credentials"),
    *("invalid_api_key", "expired_api_key", "revoked_api_key"),
    *("invalid_access_token", "expired_access_token", "revoked_access_token"),
    *("tenant_suspended", "no_workspace", "rate_limited"),
)
WITH_SCOPE = ("insufficient_scope",)
WITH_SESSION = ("csrf_failed",)
WITH_KEY = ("idempotency_key_invalid", "idempotency_key_reused", "idempotency_key_in_use")
WITH_BODY = ("bad_request", "request_timeout", "payload_too_large", "unsupported_media_type")


def operation(
    operation_id: str,
    *,
    tag: str,
    summary: str,
    responses: Mapping[Any, Any],
    request: Any = None,
    description: str | None = None,
    headers: Sequence[OpenApiParameter] = (),
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[F], F]:
    """Describe one method of an ``Endpoint``; what it can refuse is added by ``Schema``.

    ``request`` maps media types to shapes; ``headers`` holds headers of request and answers.
    """
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        summary=summary,
        description=description,
        request=request,
        responses=dict(responses),
        parameters=list(headers),
        examples=list(examples),
    )


IDEMPOTENCY = [
    OpenApiParameter(
        HEADER,
        {"type": "string", "pattern": '^([!#-~]{1,255}|"[!#-~]{1,255}")$'},
        OpenApiParameter.HEADER,
        description="A name of your choice for this request, such as a UUID. Sent again within 24"
        " hours it is answered as the first time, and nothing is done twice.",
        examples=[OpenApiExample("key", "8e03978e-40d5-43dd-bc93-6894a57f9324")],
    ),
    OpenApiParameter(
        REPLAYED,
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        response=[200, 201, 202],
        description="Present where the answer is an earlier one.",
    ),
]


class Schema(AutoSchema):
    """Derives query parameters and refusals from the view itself."""

    def get_override_parameters(self) -> list[Any]:
        """Add the query's shape to what the operation declares."""
        declared = list(super().get_override_parameters())
        if isinstance(self.view, Endpoint):
            shape = self.view.query_shape(self.method)
            declared += [shape] if shape().fields else []
            declared += IDEMPOTENCY if self._takes_key() else []
        return declared

    def _takes_key(self) -> bool:
        """Whether ``Idempotency-Key`` counts: on every POST of somebody with a workspace."""
        return self.method == "POST" and bool(self.view.get_permissions())

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        refused = self.refusal_codes()
        codes = sorted(
            (code for code in CATALOGUE if code in refused),
            key=lambda code: CATALOGUE[code].status,
        )
        for status, group in groupby(codes, key=lambda code: CATALOGUE[code].status):
            bodies.setdefault(str(status), self._refusal(status, list(group)))
        return dict(sorted(bodies.items()))

    def refusal_codes(self) -> set[str]:
        """Return the code of every refusal that this operation can answer with."""
        codes = {*ALWAYS}
        if not isinstance(self.view, Endpoint):
            return codes
        if self.view.get_permissions():
            codes |= {*WITH_CREDENTIAL}
            codes |= {*WITH_SESSION} if self.method not in ("GET", "HEAD") else set()
        if self.view.required_scopes.get(self.method):
            codes |= {*WITH_SCOPE}
        if "{" in self.path:
            codes.add("not_found")
        if self._takes_key():
            codes |= {*WITH_KEY}
        if self.get_request_serializer() is not None:
            codes |= {*WITH_BODY}
        return codes | {"validation_error"} | {*self.view.refusals.get(self.method, ())}

    def _refusal(self, status: int, codes: list[str]) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "description": "; ".join(f"`{code}`: {CATALOGUE[code].title}" for code in codes),
            "content": {
                "application/json": {
                    "schema": self._problem_schema(codes),
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
                },
                PROBLEM_TYPE: {"schema": self.resolve_serializer(ProblemDetails, "response").ref},
            },
        }
        if status in (429, 503):
            answer["headers"] = {"Retry-After": _RETRY_AFTER}
        elif status == 401:
            answer["headers"] = {"WWW-Authenticate": _WWW_AUTHENTICATE}
        elif "idempotency_key_in_use" in codes:
            answer["headers"] = {"Retry-After": {**_RETRY_AFTER, "required": False}}
        return answer

    def _problem_schema(self, codes: list[str]) -> dict[str, Any]:
        shapes: list[type[Problem]] = [ValidationProblem] if Invalid.code in codes else []
        shapes += [Problem] if {*codes} - {Invalid.code} else []
        references = [self.resolve_serializer(shape, "response").ref for shape in shapes]
        return references[0] if len(references) == 1 else {"anyOf": references}


class ShapeSchema(OpenApiSerializerExtension):
    """Tells that a shape takes no names but its own."""

    target_class = Shape
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema object."""
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        for name, described in schema.get("properties", {}).items():
            if type(field := self.target.fields[name]) is serializers.CharField:
                schema["properties"][name] = {**_text(field), **described}
        return {**schema, "additionalProperties": False}


def _text(field: serializers.CharField) -> dict[str, Any]:
    """Return what DRF asks of every text: no NUL and, unless it may be blank, something to see."""
    if field.allow_blank:
        return {"pattern": r"^[^\x00]*$"}
    seen = r"[^\s\x00\x1c-\x1f\x85]" if field.trim_whitespace else r"[^\x00]"
    return {"minLength": 1, "pattern": rf"^[^\x00]*{seen}[^\x00]*$"}


_RETRY_AFTER = {
    "description": "Seconds to wait before trying again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
_WWW_AUTHENTICATE = {
    "description": "How to authenticate (RFC 9110, 11.6.1).",
    "required": True,
    "schema": {"type": "string"},
}
_REQUEST_ID = {
    "description": "The id of this request: yours, if it was acceptable, else a new one.",
    "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 64},
}

_RATE = {
    "RateLimit-Policy": {
        "description": "The limit that counts for this credential, where there is one: so many"
        " requests (`q`) in so many seconds (`w`).",
        "required": False,
        "schema": {"type": "string"},
        "example": '"requests";q=600;w=60',
    },
    "RateLimit": {
        "description": "How many more (`r`), and in how many seconds there is more room (`t`).",
        "required": False,
        "schema": {"type": "string"},
        "example": '"requests";r=598;t=60',
    },
}


def _example(code: str) -> dict[str, Any]:
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


def describe_answers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-process: every answer carries the request's id; the refusals' examples, once each."""
    result["components"]["headers"] = {"X-Request-ID": _REQUEST_ID, **_RATE}
    result["components"]["examples"] = {
        code: {"summary": CATALOGUE[code].title, "value": _example(code)}
        for code in sorted(_codes_in(result))
    }
    for answer in _answers(result):
        for name in ("X-Request-ID", *_RATE):
            answer.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
    return result


def _codes_in(result: Mapping[str, Any]) -> set[str]:
    media = [answer.get("content", {}).get("application/json", {}) for answer in _answers(result)]
    return {code for each in media for code in each.get("examples", {}) if code in CATALOGUE}


def _answers(result: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for methods in result["paths"].values():
        for described in methods.values():
            yield from described["responses"].values()
