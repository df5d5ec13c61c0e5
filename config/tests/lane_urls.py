"""Views that show what arrives, and answers of every kind."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from config.request_id import current_request_id

colour: ContextVar[str] = ContextVar("colour", default="none")


class Watched:
    """What the test wants to know of the views' doings."""

    ran = 0
    closed: list[str] = []
    threads: list[str] = []
    gate = threading.Event()


@csrf_exempt
def echo(request: HttpRequest) -> JsonResponse:
    Watched.ran += 1
    seen = {
        "method": request.method,
        "path": request.path,
        "script": request.META["SCRIPT_NAME"],
        "query": request.GET,
        "body": request.body.decode("latin-1"),
        "length": request.META["CONTENT_LENGTH"],
        "cookies": request.COOKIES,
        "headers": dict(request.headers),
        "remote": request.META["REMOTE_ADDR"],
        "colour": colour.get(),
        "thread": threading.current_thread().name,
        "request_id": current_request_id(),
    }
    response = JsonResponse(seen)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


def wait(request: HttpRequest) -> HttpResponse:
    Watched.gate.wait(20)
    return HttpResponse("waited")


def empty(request: HttpRequest, status: str) -> HttpResponse:
    response = HttpResponse(status=int(status))
    response["Content-Length"] = "7"
    return response


def rows(request: HttpRequest) -> StreamingHttpResponse:
    query(request)
    return StreamingHttpResponse(_rows(request), content_type="text/csv")


def query(request: HttpRequest) -> None:
    if "query" not in request.GET:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _rows(request: HttpRequest) -> Iterator[str]:
    try:
        query(request)
        for number in range(100_000):
            if number % 1000 == 0:
                Watched.threads.append(threading.current_thread().name)
            yield f"{number}\n"
    finally:
        Watched.closed.append(threading.current_thread().name)


def file(request: HttpRequest, size: str) -> FileResponse:
    query(request)

    class Noted(io.BytesIO):
        def close(self) -> None:
            if not self.closed:
                Watched.closed.append("file")
            super().close()

    return FileResponse(Noted(bytes(range(256)) * (int(size) // 256)), filename="x.bin")


def crash(request: HttpRequest) -> HttpResponse:
    raise KeyError("secret detail")


urlpatterns = [
    path("echo/", echo),
    path("api/echo/", echo),
    re_path(r"^named/.*$", echo),
    path("wait/", wait),
    path("empty/<status>/", empty),
    path("rows/", rows),
    path("file/<size>/", file),
    path("crash/", crash),
]
