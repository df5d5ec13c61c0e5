"""Addresses of outside services, one URL each, as Django's settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from config.env import BadEnvironment

MAIL_TIMEOUT_SECONDS = 10
# A database whose host has gone says nothing more; the kernel would wait for it for a quarter of
# an hour, and a thread with it. (No part in this have sockets on the same machine.)
SILENT_DATABASE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
# So long a request waits for a connection, and the pool tries to replace one that broke. There is
# one for each thread, so nobody waits but while the database is away. After that time the pool
# gives up and the next request begins anew: left to itself, it would look less and less often, and
# after an outage of a minute not find the database for another.
POOL_PATIENCE_SECONDS = 3


def database_from_url(url: str, pool_size: int) -> dict[str, Any]:
    """Return Django's settings for ``postgresql://user:password@host:port/name``.

    ``postgresql://user@/name?host=/directory`` leads to the socket in that directory; other
    parameters (``sslmode`` …) are libpq's.
    ``pool_size`` 0 means one connection per unit of work: right for workers and commands.
    """
    parts = _split("DATABASE_URL", url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadEnvironment(
            "DATABASE_URL must start with postgresql://, the one database supported."
        )
    parameters = dict(parse_qsl(parts.query))
    host = parameters.pop("host", parts.hostname or "")
    options: dict[str, Any] = {"connect_timeout": 5, **SILENT_DATABASE, **parameters}
    if pool_size:
        options["pool"] = {
            "min_size": 1,
            "max_size": pool_size,
            "timeout": POOL_PATIENCE_SECONDS,
            "reconnect_timeout": POOL_PATIENCE_SECONDS,
        }
    return {
        "ENGINE": "config.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        # Of a pool's connections the back end finds out by itself (config/database/patient).
        "CONN_HEALTH_CHECKS": not pool_size,
        # Their statements are no plain queries, so the reach could not travel with them.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }


def mail_from_url(url: str) -> dict[str, Any]:
    """Return Django's ``EMAIL_…`` settings.

    ``smtp://user:password@host:587`` uses STARTTLS when there is a password to protect,
    ``smtps://…:465`` TLS from the first byte, ``console:`` writes mails to the log.
    """
    parts = _split("COUNTERMARK_EMAIL_URL", url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadEnvironment("COUNTERMARK_EMAIL_URL must be console:, smtp://host or smtps://host.")
    tls_at_once = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if tls_at_once else 587 if parts.password else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls_at_once,
        "EMAIL_USE_TLS": not tls_at_once and bool(parts.password),
        "EMAIL_TIMEOUT": MAIL_TIMEOUT_SECONDS,
    }


def s3_from_url(url: str, *, access_key: str, secret_key: str) -> dict[str, str]:
    """Return what the blob store needs to know of its bucket; nothing for an empty ``url``.

    ``s3://bucket/prefix?region=eu-central-1`` is Amazon's, ``&endpoint=https://host`` another
    service's. The keys are apart: Amazon's secrets contain slashes.
    """
    if not url:
        return {}
    parts = _split("COUNTERMARK_BLOB_URL", url)
    given = dict(parse_qsl(parts.query))
    endpoint, region = given.pop("endpoint", ""), given.pop("region", "us-east-1")
    if parts.scheme != "s3" or not parts.netloc or given:
        raise BadEnvironment(
            "COUNTERMARK_BLOB_URL must be s3://bucket/prefix?region=…&endpoint=https://…"
        )
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise BadEnvironment("The endpoint in COUNTERMARK_BLOB_URL must start with https://.")
    if bool(access_key) != bool(secret_key):
        raise BadEnvironment("set COUNTERMARK_S3_ACCESS_KEY and …_SECRET_KEY both, or neither.")
    prefix = parts.path.strip("/")
    return {
        "bucket": parts.netloc,
        "prefix": f"{prefix}/" if prefix else "",
        "endpoint": endpoint,
        "region": region,
        "access_key": access_key,
        "secret_key": secret_key,
    }


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadEnvironment(f"{name} is no address: {error}.") from None
    return parts
