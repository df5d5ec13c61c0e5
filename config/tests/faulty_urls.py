"""Addresses that raise whatever a test asks for: ``/api/raise``, ``/api/drf`` and ``/raise``."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest
from django.urls import path
from rest_framework.request import Request

from config.api.endpoints import Endpoint
from config.urls import (
    handler400,
    handler403,
    handler404,
    handler500,
)
from config.urls import (
    urlpatterns as real,
)

__all__ = ["handler400", "handler403", "handler404", "handler500"]

raised: list[Exception] = []


def fail(request: HttpRequest) -> NoReturn:
    """Raise what the test has put into ``raised``."""
    raise raised[-1]


class Failing(Endpoint):
    """The same inside DRF."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Any:
        """Raise."""
        fail(request._request)


urlpatterns = [
    path("api/raise/", fail),
    path("api/drf/", Failing.as_view()),
    path("raise/", fail),
    *real,
]
