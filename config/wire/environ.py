"""From an ASGI scope to a WSGI environ (PEP 3333, with the strings of its "unicode issues")."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from config.wire.types import Scope

Environ = dict[str, Any]


def build_environ(
    scope: Scope, body: bytes, file_wrapper: Callable[..., Any] | None = None
) -> Environ:
    """Return the environ of a request whose whole ``body`` is here.

    Every string holds bytes as latin-1 characters, as WSGI demands. ``CONTENT_LENGTH`` is the
    length of ``body``, whatever the client said.
    """
    root, path = _paths(scope)
    server_host, server_port = _address(scope.get("server"), scope.get("scheme", "http"))
    client_host, client_port = _address(scope.get("client"), None)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server_host or "localhost",
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client_host,
        "REMOTE_PORT": client_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if file_wrapper is not None:
        environ["wsgi.file_wrapper"] = file_wrapper
    _add_headers(environ, scope["headers"])
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _paths(scope: Scope) -> tuple[str, str]:
    """Return SCRIPT_NAME and PATH_INFO, percent-decoded bytes as latin-1.

    ``raw_path`` is the better source: ``path`` has lost every byte that was not UTF-8.
    """
    raw = scope.get("raw_path")
    path = scope["path"].encode() if raw is None else unquote_to_bytes(raw)
    root = scope.get("root_path", "").rstrip("/").encode()
    if root and (path == root or path.startswith(root + b"/")):
        path = path[len(root) :]
    return root.decode("latin-1"), path.decode("latin-1")


def _address(pair: Any, scheme: str | None) -> tuple[str, str]:
    """Return host and port; a Unix socket has neither."""
    default = {"http": "80", "https": "443"}.get(scheme or "", "")
    if not pair or pair[1] is None:
        return "", default
    return str(pair[0]), str(pair[1])


def _add_headers(environ: Environ, headers: list[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        # `X_Real_Id` and `X-Real-Id` would become one variable: the first spelling is dropped,
        # so that nobody can pass a header by a proxy that only guards the second.
        if b"_" in raw_name or raw_name in _OURS:
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name != "CONTENT_TYPE":
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in environ:
            # RFC 9110, 5.3; cookies are the exception (RFC 9113, 8.2.3).
            separator = "; " if name == "HTTP_COOKIE" else ","
            value = f"{environ[name]}{separator}{value}"
        environ[name] = value


# The body has been received and counted: its framing is no longer the application's business.
_OURS = frozenset({b"content-length", b"transfer-encoding"})
