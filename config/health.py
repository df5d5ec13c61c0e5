"""Whether this process lives, is ready for requests, and which of its parts work."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config import __version__
from config.api.endpoints import Endpoint
from config.api.schema import operation
from config.errors import DomainError
from documents.models import NightlyCheck
from documents.storage import blob_store

log = structlog.get_logger("health")

TIMEOUT_SECONDS = 1
RETRY_AFTER_SECONDS = 5
# Longer than from one night's look at the invariants to the end of the next.
CHECK_HOLDS_FOR = timedelta(hours=30)
# Without these no request can be served.
NEEDED = ("database", "migrations")
FAILURES = (DatabaseError, redis.RedisError, DomainError, OSError)


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """``/health``: this process answers. No I/O, so that no outage gets it restarted."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """``/ready``: send requests here. The database answers, all migrations are applied.

    Valkey is looked at, too, but without it requests are served all the same, uploads included.
    """
    parts = examine({"database": database, "valkey": valkey, "migrations": migrations})
    return _answer({name: part["status"] for name, part in parts.items()})


def _answer(checks: Mapping[str, str]) -> JsonResponse:
    is_ready = all(checks[name] == "ok" for name in NEEDED)
    response = JsonResponse({"status": "ready" if is_ready else "unready", "checks": checks})
    if not is_ready:
        response.status_code = 503
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def database() -> None:
    """Ask the database for one row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def valkey() -> None:
    """Ping Valkey."""
    _client(settings.REDIS_URL).ping()


def storage() -> None:
    """Ask the store whether it could keep something."""
    blob_store().check()


def migrations() -> None:
    """Compare the code's migrations with the database's; raises ``DatabaseError``."""
    if not _Migrations.are_applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise DatabaseError("Migrations are waiting: run manage.py migrate.")
        _Migrations.are_applied = True


class _Migrations:
    # Reading them takes a tenth of a second; once applied they stay so for a process.
    are_applied = False


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def examine(checks: Mapping[str, Callable[[], None]]) -> dict[str, dict[str, Any]]:
    """Return ``{status, milliseconds}`` of each part; why one is down is for the log only."""
    return {name: _examined(name, check) for name, check in checks.items()}


def _examined(name: str, check: Callable[[], None]) -> dict[str, Any]:
    started = time.perf_counter()
    status = "ok"
    try:
        check()
    except FAILURES as error:
        log.error("part_down", part=name, error=repr(error))
        status = "down"
    return {"status": status, "milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def invariants() -> dict[str, Any]:
    """Return what the last nightly look has found: ``{status, checked_at}``."""
    unknown = {"status": "unchecked", "checked_at": None}
    try:
        recent = NightlyCheck.objects.filter(ended_at__gt=Now() - CHECK_HOLDS_FOR)
        check = recent.order_by("-ended_at").only("held", "ended_at").first()
    except FAILURES:  # the database has a part of its own to tell that
        return unknown
    if check is None:
        return unknown
    status = {True: "held", False: "broken", None: "unchecked"}[check.held]
    return {"status": status, "checked_at": check.ended_at}


class Part(serializers.Serializer[Any]):
    """One part of the service."""

    status = serializers.ChoiceField(choices=["ok", "down"])
    milliseconds = serializers.FloatField(min_value=0, help_text="How long the look took.")


class Parts(serializers.Serializer[Any]):
    """What the service is made of."""

    database = Part()
    valkey = Part()
    storage = Part()


class Invariants(serializers.Serializer[Any]):
    """Whether the nightly look at the data found everything as it must be."""

    status = serializers.ChoiceField(choices=["held", "broken", "unchecked"])
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When that was.")


class Health(serializers.Serializer[Any]):
    """The service and its parts; `degraded` if one is down or an invariant is broken."""

    status = serializers.ChoiceField(choices=["ok", "degraded"])
    version = serializers.CharField()
    parts = Parts()
    invariants = Invariants()


_WELL = {"status": "ok", "milliseconds": 0.4}
_DOWN = {"status": "down", "milliseconds": 1000.2}
_BODY = {
    "status": "ok",
    "version": __version__,
    "parts": {"database": _WELL, "valkey": _WELL, "storage": _WELL},
    "invariants": {"status": "held", "checked_at": "2026-11-21T03:00:07Z"},
}
_IS_WELL = OpenApiExample("ok", _BODY)
_IS_DEGRADED = OpenApiExample(
    "degraded",
    {
        **_BODY,
        "status": "degraded",
        "parts": {"database": _WELL, "valkey": _DOWN, "storage": _WELL},
    },
)
_PAUSE = OpenApiParameter(
    "Retry-After",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[503],
    required=True,
    description="Seconds to wait before looking again.",
)


class HealthView(Endpoint):
    """The parts, for people and monitors; open to all."""

    authentication_classes = ()
    permission_classes = ()

    @operation(
        "getHealth",
        tag="Health",
        summary="The service's health",
        responses={
            200: OpenApiResponse(Health, "All parts work.", [_IS_WELL]),
            503: OpenApiResponse(Health, "A part is down.", [_IS_DEGRADED]),
        },
        headers=[_PAUSE],
    )
    def get(self, request: Request) -> Response:
        """Look at each part."""
        parts = examine({"database": database, "valkey": valkey, "storage": storage})
        works = all(part["status"] == "ok" for part in parts.values())
        found = invariants()
        is_well = works and found["status"] != "broken"
        body = {
            "status": "ok" if is_well else "degraded",
            "version": __version__,
            "parts": parts,
            "invariants": found,
        }
        # Broken data is for people to look at; requests are served all the same.
        headers = {} if works else {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return Response(body, 200 if works else 503, headers=headers)
