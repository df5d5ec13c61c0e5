"""The OpenAPI document: what ``Endpoint`` declares once, told of each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers

from config.api.answers import Problem, ProblemDetails, ValidationProblem
from config.api.catalogue import CATALOGUE
from config.api.deprecation import deprecation_of
from config.api.described_headers import COMPONENTS, reference
from config.api.endpoints import Endpoint
from config.api.header_parameters import told
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
    *("address_not_allowed", "tenant_suspended", "no_workspace", "rate_limited"),
)
WITH_SCOPE = ("insufficient_scope",)
WITH_SESSION = ("csrf_failed",)
WITH_KEY = ("idempotency_key_invalid", "idempotency_key_reused", "idempotency_key_in_use")
ANY_CREDENTIAL = "Any credential will do."
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


def _needs(view: Endpoint, method: str) -> str:
    if not view.get_permissions():
        return "Needs no credential."
    scopes = view.required_scopes.get(method, ())
    named = [scopes] if isinstance(scopes, str) else [*scopes]
    words = " and ".join(f"`{scope}`" for scope in named)
    return f"Needs the scope{'s' if named[1:] else ''} {words}." if named else ANY_CREDENTIAL


DEPRECATION = [
    told("Deprecation", "Since when it should not be used any more (RFC 9745).", True),
    told("Sunset", "From when on it may be gone (RFC 8594).", True),
    told("Link", "What to use instead (`rel=deprecation`).", True),
]


class Schema(AutoSchema):
    """Derives query parameters and refusals from the view itself."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Tell also which scopes are needed: of the ways to ask only OAuth's has a place for it."""
        described: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if described is not None and isinstance(self.view, Endpoint):
            told = described.get("description", "")
            described["description"] = f"{told}\n\n{_needs(self.view, self.method)}".strip()
        return described

    def get_override_parameters(self) -> list[Any]:
        """Add the query's shape to what the operation declares."""
        declared = list(super().get_override_parameters())
        if isinstance(self.view, Endpoint):
            shape = self.view.query_shape(self.method)
            declared += [shape] if shape().fields else []
            declared += IDEMPOTENCY if self._takes_key() else []
            declared += DEPRECATION if self.is_deprecated() else []
        return declared

    def is_deprecated(self) -> bool:
        """Whether the operation is going to end."""
        return deprecation_of(type(self.view), self.method) is not None

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
                PROBLEM_TYPE: {
                    "schema": self.resolve_serializer(ProblemDetails, "response").ref,
                    "examples": {codes[0]: {"$ref": f"#/components/examples/{codes[0]}_problem"}},
                },
            },
        }
        if status in (429, 503):
            answer["headers"] = {"Retry-After": reference("Retry-After")}
        elif status == 401:
            answer["headers"] = {"WWW-Authenticate": reference("WWW-Authenticate")}
        elif "insufficient_scope" in codes:
            challenge = {**COMPONENTS["WWW-Authenticate"], "required": False}
            answer["headers"] = {"WWW-Authenticate": challenge}
        elif "idempotency_key_in_use" in codes:
            answer["headers"] = {"Retry-After": {**COMPONENTS["Retry-After"], "required": False}}
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
