"""The sync lane: ordinary Django in a bounded number of threads, one hop there and back.

Django's own ASGI handler costs more than twice the CPU of a small API request and writes every
body to disk before it looks at the address. Here the loop collects the (small) body, a thread
runs Django's WSGI handler from the first middleware to the closed response, and the loop sends.
"""

from __future__ import annotations

import logging

from config.api.refusals import InternalError
from config.errors import DomainError
from config.lanes.answer import Answer, Rest, StoredFile, WSGIApplication, answer_request
from config.lanes.body import BodyCollector, has_body
from config.lanes.sending import send_rest
from config.wire.environ import build_environ
from config.wire.patience import PatientReceive
from config.wire.refusals import refuse
from config.wire.threads import Overloaded, Threads
from config.wire.types import ClientGone, Message, Receive, Scope, Send

# About three seconds of work for eight threads, and twice the 500 simultaneous clients that we
# promise to serve; who would wait longer is better told to come back.
WAITING_MAX = 1024
# Each holds a thread, and perhaps a database connection, as long as its client reads.
STREAMS_MAX = 16

log = logging.getLogger("http.lanes")


class SyncLane:
    """An ASGI application around a WSGI application.

    ``scope["environ"]``, if present, is added to the environ: so other lanes hand things over.
    ``reads`` are the threads that read files while they are sent.
    """

    def __init__(self, application: WSGIApplication, *, threads: Threads, reads: Threads) -> None:
        self._application = application
        self._threads = threads
        self._reads = reads
        self._bodies = BodyCollector()
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = PatientReceive(receive)
        try:
            answer = await self._answer(scope, body)
        except ClientGone:
            return
        except DomainError as error:
            await refuse(scope, body, send, error)
            return
        except Exception:
            log.exception("unhandled", extra={"path": scope["path"]})
            await refuse(scope, body, send, InternalError())
            return
        await self._send(answer, receive, send)

    async def _answer(self, scope: Scope, receive: PatientReceive) -> Answer:
        if has_body(scope):
            async with self._bodies.collected(scope, receive) as body:
                return await self._run(scope, body)
        await receive()
        return await self._run(scope, b"")

    async def _run(self, scope: Scope, body: bytes) -> Answer:
        environ = build_environ(scope, body)
        environ["wsgi.file_wrapper"] = StoredFile
        environ.update(scope.get("environ", {}))
        answer = await self._threads.run(answer_request, self._application, environ)
        if answer.rest is not None and answer.rest.thread_bound and self._streams >= STREAMS_MAX:
            await self._threads.run(answer.rest.close)
            raise Overloaded
        return answer

    async def _send(self, answer: Answer, receive: Receive, send: Send) -> None:
        start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": answer.headers,
        }
        if answer.rest is None:
            await send(start)
            await send({"type": "http.response.body", "body": answer.body})
        elif answer.rest.thread_bound:
            await self._send_stream(start, answer.rest, receive, send)
        else:
            await send(start)
            await send_rest(answer.body, answer.rest, self._reads, receive, send)

    async def _send_stream(
        self, start: Message, stream: Rest, receive: Receive, send: Send
    ) -> None:
        self._streams += 1
        thread = Threads(name="lane-stream", count=1)
        try:
            await send(start)
            await send_rest(b"", stream, thread, receive, send)
        finally:
            self._streams -= 1
            await thread.close()
