"""The lane of looks: which requests it takes, and that it hears when their clients go."""

from __future__ import annotations

import asyncio

import pytest

from config.wire.gone import GONE
from documents.api.looking_lane import LooksApart

ID = "1f0c3a52-6f0e-4a54-9d3b-52f7b8f1f6d0"
LAST = {"type": "http.request", "body": b"{}", "more_body": False}
LEFT = {"type": "http.disconnect"}


def serve(path, look, *messages):
    """Serve one request whose client sends ``messages``, then nothing; return who served it."""
    served, left = [], iter(messages)

    async def receive():
        try:
            return next(left)
        except StopIteration:
            return await asyncio.Event().wait()

    async def looks(scope, receive, send):
        served.append("looks")
        await look(scope, receive)

    async def otherwise(scope, receive, send):
        served.append("otherwise")

    async def run():
        scope = {"type": "http", "path": path, "environ": {"kept": True}}
        await LooksApart(otherwise, looks)(scope, receive, None)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    return served


async def nothing(scope, receive):
    """Look at nothing."""


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/documents/{ID}/inspect/",
        f"/api/v1/documents/{ID}/inspect",
        f"/api/v1/documents/{ID}/pages/12/preview.png",
        "/api/v1/watermark/preview/",
        "/api/v1/watermark/validate",
        f"/assets/{ID}/preview.png",
        "/batches/new/picture/",
        "/batches/new/check/",
    ],
)
def test_looks_are_served_apart(path):
    assert serve(path, nothing) == ["looks"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/watermark/",
        f"/assets/{ID}/",
        "/batches/new/",
        "/batches/new/start/",
        f"/api/v1/documents/{ID}/",
        f"/api/v1/documents/{ID}/download/",
        f"/api/v1/documents/{ID}/pages/x/preview.png",
        f"/documents/{ID}/inspect/",
    ],
)
def test_all_else_is_served_otherwise(path):
    assert serve(path, nothing) == ["otherwise"]


def test_a_client_that_goes_is_heard_of():
    async def look(scope, receive):
        gone = scope["environ"][GONE]
        assert scope["environ"]["kept"] and not gone.is_set()
        assert await receive() == LAST
        await asyncio.wait_for(asyncio.to_thread(gone.wait, 30), 30)
        assert gone.is_set()
        assert await receive() == LEFT

    serve("/api/v1/watermark/preview/", look, LAST, LEFT)


def test_a_client_that_goes_in_the_middle_of_its_body_is_heard_of():
    async def look(scope, receive):
        assert (await receive())["more_body"]
        assert await receive() == LEFT
        assert scope["environ"][GONE].is_set()

    serve("/api/v1/watermark/preview/", look, {**LAST, "more_body": True}, LEFT)


def test_nobody_waits_for_a_client_whose_answer_has_gone_out():
    async def look(scope, receive):
        assert await receive() == LAST
        await asyncio.sleep(0)

    serve("/api/v1/watermark/preview/", look, LAST)
