"""System checks of the whole site; each has a stable id (``countermark.E…`` / ``W…``)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.http.request import validate_host

from documents.processing.sandbox_level import what_is_wrong
from documents.sandbox.self_test import examine


@register(Tags.security, deploy=True)
def secret_key_is_long(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E001: keys and sessions are only as good as the secret."""
    if len(settings.SECRET_KEY) >= 32:
        return []
    return [
        Error(
            "COUNTERMARK_SECRET_KEY has fewer than 32 characters.",
            hint="python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="countermark.E001",
        )
    ]


@register(Tags.files)
def data_directory_is_writable(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E002: nothing can be stored in a directory that cannot be written."""
    directory = settings.DATA_DIR
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    return [
        Error(
            f"COUNTERMARK_DATA_DIR ({directory}) cannot be written.",
            hint="Mount a writable volume or name another directory.",
            id="countermark.E002",
        )
    ]


@register(Tags.security)
def hosts_are_named(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E003: ``*`` in the allowed hosts voids the sockets' Origin check and password links."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "COUNTERMARK_ALLOWED_HOSTS contains '*'.",
            hint="Name the hosts; a leading dot stands for all subdomains.",
            id="countermark.E003",
        )
    ]


@register(Tags.security)
def cross_origins_make_sense(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E006: an origin that no browser ever names allows nobody, W006: one that anybody can be."""
    found: list[CheckMessage] = []
    for origin in sorted(settings.CORS_ORIGINS):
        if not _is_origin(origin):
            found.append(
                Error(
                    f"COUNTERMARK_CORS_ORIGINS has {origin!r}, which is no origin.",
                    hint="https://host or https://host:port in small letters, without a path;"
                    " there are no wildcards.",
                    id="countermark.E006",
                )
            )
        elif origin.startswith("http://") and urlsplit(origin).hostname not in _THIS_MACHINE:
            found.append(
                Warning(
                    f"COUNTERMARK_CORS_ORIGINS has {origin}: over plain HTTP anybody on the way"
                    " can be that page.",
                    id="countermark.W006",
                )
            )
    return found


_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _is_origin(text: str) -> bool:
    """Whether a browser can name ``text`` in Origin (RFC 6454, 6.2: scheme, host, odd port)."""
    scheme, _, address = text.partition("://")
    if scheme not in _DEFAULT_PORTS or address.endswith(_DEFAULT_PORTS[scheme]):
        return False
    return bool(re.fullmatch(r"([a-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?", address))


@register(Tags.security)
def public_url_is_allowed(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """W001: links in mails and webhooks would lead to a host that we refuse."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [
        Warning(
            f"The host of COUNTERMARK_PUBLIC_URL ({host}) is not in COUNTERMARK_ALLOWED_HOSTS.",
            id="countermark.W001",
        )
    ]


@register(Tags.database)
def lease_outlives_heartbeats(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E004: a lease of a few seconds would expire between two heartbeats of a busy machine."""
    if settings.JOB_LEASE_SECONDS >= 3:
        return []
    return [
        Error("COUNTERMARK_JOB_LEASE_SECONDS is below 3.", id="countermark.E004"),
    ]


@register(Tags.security, deploy=True)
def sandbox_is_whole(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E050: less protection than asked for, W050: less than there can be, where documents are read.

    Workers look for themselves when they start: their machine may be another one.
    """
    found = examine()
    if sentence := what_is_wrong(found):
        return [Error(sentence, hint="manage.py check_sandbox", id="countermark.E050")]
    if found.level == "full":
        return []
    return [
        Warning(
            f"The sandbox of this machine reaches the level {found.level} only.",
            hint="docs/operations.md tells what each level lacks; a recent Linux reaches full.",
            id="countermark.W050",
        )
    ]


@register(Tags.database)
def walls_bind_our_role(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """E005: walls hold back no superuser, W002: an owner could take them down."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        role = settings.DATABASES[alias]["USER"]
        with connections[alias].cursor() as cursor:
            cursor.execute(_STANDING, [role])
            stands_above, owns_tables = cursor.fetchone() or (False, False)
        if stands_above:
            found.append(
                Error(
                    f"Tenants are not kept apart: {role} is a superuser or bypasses row security.",
                    hint="docs/operations.md, Two roles",
                    id="countermark.E005",
                )
            )
        elif owns_tables:
            found.append(
                Warning(
                    f"{role} owns the tables, and could take down what keeps tenants apart.",
                    hint="docs/operations.md, Two roles",
                    id="countermark.W002",
                )
            )
    return found


_STANDING = """
    SELECT rolsuper OR rolbypassrls, EXISTS (
        SELECT FROM pg_class
        WHERE relrowsecurity AND relnamespace = 'public'::regnamespace
            AND pg_has_role(pg_roles.oid, relowner, 'USAGE'))
    FROM pg_roles WHERE rolname = %s
"""
