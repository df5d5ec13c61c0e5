"""How long a body may take: slow clients are served, stalling ones are not."""

from __future__ import annotations

import asyncio

from config.errors import DomainError
from config.wire.types import ClientGone, Message, Receive

GRACE_SECONDS = 30.0
MINIMUM_BYTES_PER_SECOND = 16_384


class RequestTimeout(DomainError):
    """The body came slower than the minimum rate, or not at all (RFC 9110, 15.5.9)."""

    code = "request_timeout"
    status = 408
    message = "The request body arrived too slowly."


class PatientReceive:
    """``receive`` with a bounded patience, used up by waiting and refilled by bytes.

    It never holds more than the grace: else a client could send fast for a minute and then sit
    on the connection for hours. Our own time (a slow disk) is not charged to the client.
    """

    def __init__(
        self,
        receive: Receive,
        grace_seconds: float = GRACE_SECONDS,
        minimum_bytes_per_second: float = MINIMUM_BYTES_PER_SECOND,
    ) -> None:
        self._receive = receive
        self._grace = self._left = grace_seconds
        self._rate = minimum_bytes_per_second
        self._clock = asyncio.get_running_loop().time
        #: Whether anything of the body was asked for; who expects 100-continue waits for that.
        self.is_begun = False
        #: Whether the whole body has arrived.
        self.is_complete = False
        #: Whether there may be more to read, and a client worth reading it from.
        self.has_more = True

    async def __call__(self) -> Message:
        """Return the next message; raises RequestTimeout and ClientGone."""
        self.is_begun = True
        started = self._clock()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError:
            self.has_more = False
            raise RequestTimeout from None
        waited = self._clock() - started
        earned = len(message.get("body", b"")) / self._rate
        self._left = min(self._grace, self._left - waited + earned)
        self.has_more = message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.is_complete = not self.has_more
        return message

    async def drop(self, size_bytes: int, seconds: float) -> None:
        """Read and forget the rest of the body, within the given bounds."""
        try:
            async with asyncio.timeout(seconds):
                while self.has_more and size_bytes > 0:
                    size_bytes -= len((await self()).get("body", b""))
        except (TimeoutError, RequestTimeout, ClientGone):
            self.has_more = False
