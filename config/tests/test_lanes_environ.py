"""From ASGI to WSGI, where a real server would not show all that the specifications allow."""

from __future__ import annotations

from typing import Any

from config.wire.environ import build_environ


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": "/a/b",
        "raw_path": b"/a/b",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [],
        **changes,
    }


def test_the_mount_point_is_not_part_of_the_path():
    environ = build_environ(scope(root_path="/a"), b"")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/a", "/b")
    # ASGI servers disagree whether `path` begins with it, and "/ab" is not below "/a".
    environ = build_environ(scope(root_path="/a", raw_path=b"/ab"), b"")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/a", "/ab")


def test_a_server_without_raw_paths_is_served_too():
    environ = build_environ(scope(path="/é", raw_path=None), b"")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/é"


def test_addresses():
    named = scope(client=("::1", 1234), server=("example.org", 443), scheme="https")
    environ = build_environ(named, b"")
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("::1", "1234")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("example.org", "443")
    assert environ["wsgi.url_scheme"] == "https"


def test_a_unix_socket_has_no_addresses():
    environ = build_environ(scope(client=None, server=("/run/web.sock", None)), b"")
    assert environ["REMOTE_ADDR"] == ""
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", "80")


def test_the_length_is_that_of_the_body():
    sent = [(b"content-length", b"99"), (b"content-type", b"text/plain"), (b"cookie", b"a=\xe9")]
    environ = build_environ(scope(headers=sent), b"abc")
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["HTTP_COOKIE"] == "a=\xe9"
    assert environ["wsgi.input"].read() == b"abc"
    assert "HTTP_CONTENT_LENGTH" not in environ
