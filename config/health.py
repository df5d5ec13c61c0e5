"""Whether this process lives, is ready for requests, and which of its parts work."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config import __version__
from config.api.endpoints import Endpoint
from config.api.schema import operation
from config.errors import DomainError
from documents.storage import blob_store

log = structlog.get_logger("health")

TIMEOUT_SECONDS = 1
RETRY_AFTER_SECONDS = 5
FAILURES = (DatabaseError, redis.RedisError, DomainError, OSError)


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """``/health``: this process answers. No I/O, so that no outage gets it restarted."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """``/ready``: send requests here. Database and Valkey answer, all migrations are applied."""
    parts = examine({"database": database, "valkey": valkey, "migrations": migrations})
    return _answer({name: part["status"] for name, part in parts.items()})


def _answer(checks: Mapping[str, str]) -> JsonResponse:
    is_ready = all(status == "ok" for status in checks.values())
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
    """Write a byte where uploads are staged, and remove it."""
    staged = blob_store().stage()
    try:
        staged.write([b"\0"])
    finally:
        staged.discard()


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


class Part(serializers.Serializer[Any]):
    """One part of the service."""

    status = serializers.ChoiceField(choices=["ok", "down"])
    milliseconds = serializers.FloatField(min_value=0, help_text="How long the look took.")


class Parts(serializers.Serializer[Any]):
    """What the service is made of."""

    database = Part()
    valkey = Part()
    storage = Part()


class Health(serializers.Serializer[Any]):
    """The service and its parts; `degraded` if one is down."""

    status = serializers.ChoiceField(choices=["ok", "degraded"])
    version = serializers.CharField()
    parts = Parts()


_WELL = {"status": "ok", "milliseconds": 0.4}
_EXAMPLE = OpenApiExample(
    "ok",
    {
        "status": "ok",
        "version": __version__,
        "parts": {"database": _WELL, "valkey": _WELL, "storage": _WELL},
    },
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
            200: OpenApiResponse(Health, "All parts work.", [_EXAMPLE]),
            503: OpenApiResponse(Health, "A part is down."),
        },
    )
    def get(self, request: Request) -> Response:
        """Look at each part."""
        parts = examine({"database": database, "valkey": valkey, "storage": storage})
        is_well = all(part["status"] == "ok" for part in parts.values())
        body = {"status": "ok" if is_well else "degraded", "version": __version__, "parts": parts}
        headers = {} if is_well else {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return Response(body, 200 if is_well else 503, headers=headers)
