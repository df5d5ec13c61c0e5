"""What is going to end says so, in every answer and in the OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from config.api.deprecation import deprecated
from config.api.endpoints import Endpoint
from config.api.schema import operation
from config.errors import Conflict

SINCE = datetime(2026, 12, 1, tzinfo=UTC)
SUNSET = datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)
GUIDE = "https://countermark.example/docs/guides/quickstart/"


class Going(Endpoint):
    """An old address."""

    authentication_classes = ()
    permission_classes = ()

    @deprecated(since=SINCE, sunset=SUNSET, guide=GUIDE)
    @operation("getGoing", tag="Health", summary="Go", responses={204: None})
    def get(self, request: Request) -> Response:
        """Go."""
        return Response(status=204)

    @deprecated(since=SINCE)
    @operation("putGoing", tag="Health", summary="Go", responses={204: None})
    def put(self, request: Request) -> Response:
        """Refuse."""
        raise Conflict

    @operation("deleteGoing", tag="Health", summary="Stay", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Stay."""
        return Response(status=204)


def ask(method: str) -> Any:
    request: HttpRequest = APIRequestFactory().generic(method, "/api/v1/going/")
    return Going.as_view()(request)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_answer_says_since_when_until_when_and_what_instead(method: str) -> None:
    answer = ask(method)
    assert answer["Deprecation"] == f"@{int(SINCE.timestamp())}" == "@1796083200"
    assert parsedate_to_datetime(answer["Sunset"]) == SUNSET
    assert answer["Link"] == f'<{GUIDE}>; rel="deprecation"; type="text/html"'


def test_refusals_say_it_too_and_what_is_not_known_is_not_said() -> None:
    answer = ask("PUT")
    assert (answer.status_code, "Deprecation" in answer) == (409, True)
    assert "Sunset" not in answer and "Link" not in answer


def test_what_stays_says_nothing() -> None:
    assert "Deprecation" not in ask("DELETE")


def test_the_document_marks_it() -> None:
    patterns = [path("api/v1/going/", Going.as_view())]
    document: Any = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    described = document["paths"]["/api/v1/going/"]
    assert described["get"]["deprecated"] is True
    assert {"Deprecation", "Sunset", "Link"} <= set(described["get"]["responses"]["204"]["headers"])
    assert "deprecated" not in described["delete"]


@pytest.mark.parametrize(
    "when",
    [
        {"since": datetime(2026, 12, 1)},  # noqa: DTZ001 - the mistake itself
        {"since": SUNSET, "sunset": SINCE},
    ],
)
def test_what_makes_no_sense_is_not_said(when: dict[str, datetime]) -> None:
    with pytest.raises(ValueError, match="time zone|before"):
        deprecated(**when)
