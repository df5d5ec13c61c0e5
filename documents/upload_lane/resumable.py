"""The lane of resumable uploads (tus.io): bytes go from the socket into the upload's file.

What arrived before a connection broke stays: that is the point. The ordinary view runs when the
body has ended, to answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from uuid import UUID

import structlog

from accounts.middleware import PRINCIPAL_KEY
from config.api.refusals import InternalError, refusal_of
from config.upload_form import UPLOAD_KEY, ReceivedChunk, StagedFile, StagedForm
from config.wire.patience import PatientReceive
from config.wire.places import Places
from config.wire.refusals import refuse
from config.wire.threads import Threads
from config.wire.types import Application, ClientGone, Receive, Scope, Send
from documents.queries import UploadMissing
from documents.services.uploads import PATIENCE_SECONDS
from documents.storage import (
    BlobStore,
    GrowingFile,
    StagedBlob,
    UploadLocked,
    resumable_files,
)
from documents.tus import OffsetMismatch
from documents.upload_lane.chunks import ChunkReader, longer_than_announced
from documents.upload_lane.tus_admission import Beginning, Continuation, admit_first, admit_more
from documents.upload_lane.tus_request import TusRequest, tus_request
from documents.upload_lane.without_body import after_body, without_body

log = structlog.get_logger("upload")
POLL_SECONDS = 0.05


class ResumableLane:
    """An ASGI application in front of ``otherwise``, which serves all that brings no bytes.

    The rest is as in ``UploadLane``, with which it shares the ``places``.
    """

    def __init__(
        self,
        otherwise: Application,
        django: Application,
        *,
        threads: Threads,
        disk: Threads,
        store: Callable[[], BlobStore],
        places: Places,
    ) -> None:
        self._otherwise = otherwise
        self._django = django
        self._threads = threads
        self._disk = disk
        self._store = store
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = tus_request(scope)
        if request is None:
            await self._otherwise(scope, receive, send)
            return
        send = request.answering(send)
        if not request.brings_bytes:
            environ = {UPLOAD_KEY: request.form()} if request.is_creation else {}
            await self._otherwise({**request.scope, "environ": environ}, receive, send)
            return
        body = PatientReceive(receive)
        with ExitStack() as place:
            try:
                await self._serve(request, body, receive, send, place)
            except ClientGone:
                return
            except Exception as raised:  # noqa: BLE001 - answered, whatever it is
                await self._turn_away(request.scope, body, send, raised)

    async def _serve(
        self,
        request: TusRequest,
        body: PatientReceive,
        receive: Receive,
        send: Send,
        place: ExitStack,
    ) -> None:
        if request.upload_id is None:
            await self._begin(request, body, receive, send, place)
        else:
            await self._go_on(request, request.upload_id, body, receive, send, place)

    async def _go_on(
        self,
        request: TusRequest,
        upload_id: UUID,
        body: PatientReceive,
        receive: Receive,
        send: Send,
        place: ExitStack,
    ) -> None:
        store = self._store()
        admitted = await self._threads.run(admit_more, request, upload_id, store)
        self._take_place(admitted, place)
        file = await self._opened(upload_id)
        try:
            await self._disk.run(_prepare, file, admitted, request.announced or 0)
            left_bytes = admitted.size_bytes - admitted.offset
            await ChunkReader(file.write, left_bytes, admitted.checksum).read(body, self._disk)
            await self._disk.run(file.confirm)
            offset = file.size_bytes
        finally:
            # Makes durable what has arrived, however this ends.
            await self._disk.run(file.close)
        await self._answer(request, admitted, ReceivedChunk(offset), receive, send)

    async def _begin(
        self,
        request: TusRequest,
        body: PatientReceive,
        receive: Receive,
        send: Send,
        place: ExitStack,
    ) -> None:
        store = self._store()
        admitted = await self._threads.run(admit_first, request, store)
        self._take_place(admitted, place)
        staged = await self._disk.run(store.stage)
        try:
            reader = ChunkReader(staged.write, admitted.size_bytes, admitted.checksum)
            await reader.read(body, self._disk)
            form = request.form(await self._disk.run(_closed, staged))
            await self._answer(request, admitted, form, receive, send)
        finally:
            await self._disk.run(staged.discard)

    def _take_place(self, admitted: Beginning | Continuation, place: ExitStack) -> None:
        tenant_id = admitted.principal.tenant_id
        place.enter_context(self._places.taken(tenant_id, admitted.max_concurrent))

    async def _opened(self, upload_id: UUID) -> GrowingFile:
        """Open the file once its other writer, perhaps of a client that has gone, lets go."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_SECONDS
        while True:
            try:
                return await self._disk.run(resumable_files().open, upload_id)
            except FileNotFoundError:
                raise UploadMissing from None
            except UploadLocked:
                if loop.time() >= give_up_at:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    async def _answer(
        self,
        request: TusRequest,
        admitted: Beginning | Continuation,
        handed: StagedForm | ReceivedChunk,
        receive: Receive,
        send: Send,
    ) -> None:
        environ: dict[str, object] = {UPLOAD_KEY: handed, PRINCIPAL_KEY: admitted.principal}
        await self._django(without_body(request.scope, environ), after_body(receive), send)

    async def _turn_away(
        self, scope: Scope, body: PatientReceive, send: Send, raised: Exception
    ) -> None:
        error = refusal_of(raised)
        if error is None:
            log.error("unhandled", path=scope["path"], exc_info=raised)
            error = InternalError()
        await refuse(scope, body, send, error)


def _prepare(file: GrowingFile, admitted: Continuation, announced: int) -> None:
    if file.size_bytes != admitted.offset:
        raise OffsetMismatch
    if announced > admitted.size_bytes - admitted.offset:
        raise longer_than_announced()
    if admitted.checksum is not None:
        file.guard()


def _closed(staged: StagedBlob) -> StagedFile:
    staged.close()
    return StagedFile(staged.path, "", "", staged.size_bytes, staged.sha256)
