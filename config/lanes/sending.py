"""Sending what does not fit into one message: at the client's pace, and only while it listens."""

from __future__ import annotations

import asyncio

from config.lanes.answer import Rest
from config.wire.threads import Threads
from config.wire.types import Receive, Send

# A client that takes no byte for so long has gone without saying so.
STALL_SECONDS = 60.0


async def send_rest(
    first: bytes, rest: Rest, threads: Threads, receive: Receive, send: Send
) -> None:
    """Send ``first``, then ``rest`` piece by piece, and close it whatever happens.

    The request's body must have been received: ``receive`` is used to notice a disconnect,
    since ``send`` to a client that has gone does nothing.
    """
    gone = asyncio.create_task(_until_gone(receive))
    try:
        piece = first or await threads.run(rest.read)
        while piece and not gone.done():
            async with asyncio.timeout(STALL_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await threads.run(rest.read)
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return
    finally:
        gone.cancel()
        await threads.run(rest.close)


async def _until_gone(receive: Receive) -> None:
    """Return when the client has gone; after the body there is no other news to wait for."""
    if (await receive())["type"] != "http.disconnect":
        await asyncio.Event().wait()
