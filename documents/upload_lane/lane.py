"""One upload from the first header to the view's answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import structlog

from accounts.middleware import PRINCIPAL_KEY
from config.api.rate_headers import UPLOADS_TAKEN
from config.api.refusals import InternalError, refusal_of
from config.errors import Unauthenticated
from config.upload_form import UPLOAD_KEY, StagedForm
from config.wire.patience import PatientReceive
from config.wire.places import Places
from config.wire.refusals import Lingering, refuse
from config.wire.threads import Threads
from config.wire.types import Application, ClientGone, Receive, Scope, Send
from documents.storage import BlobStore
from documents.upload_lane.admission import Admission, admit
from documents.upload_lane.reader import FormReader
from documents.upload_lane.routes import UploadRoute, route_of
from documents.upload_lane.without_body import after_body, without_body

log = structlog.get_logger("upload")


class UploadLane:
    """An ASGI application in front of ``otherwise``, which serves all that is no upload.

    Of an upload it streams the form, then lets ``django`` run the ordinary view. ``threads`` may
    query, ``disk`` only writes.
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
        route = route_of(scope)
        if route is None:
            await self._otherwise(scope, receive, send)
            return
        body = PatientReceive(receive)
        with ExitStack() as place:
            try:
                admission, reader, form = await self._receive(scope, route, body, place)
            except ClientGone:
                return
            except Exception as raised:
                await self._turn_away(scope, route, body, send, raised)
                return
            environ = {
                UPLOAD_KEY: form,
                PRINCIPAL_KEY: admission.principal,
                UPLOADS_TAKEN: admission.taken,
            }
            try:
                await self._django(without_body(scope, environ), after_body(receive), send)
            finally:
                if not reader.is_taken:
                    await self._disk.run(reader.discard)

    async def _receive(
        self, scope: Scope, route: UploadRoute, body: PatientReceive, place: ExitStack
    ) -> tuple[Admission, FormReader, StagedForm]:
        store = self._store()
        admission = await self._threads.run(admit, scope, route, store)
        place.enter_context(
            self._places.taken(admission.principal.tenant_id, admission.max_concurrent)
        )
        reader = FormReader(scope, route, admission, store)
        try:
            return admission, reader, await reader.read(body, self._disk)
        except BaseException:
            await self._disk.run(reader.discard)
            raise

    async def _turn_away(
        self,
        scope: Scope,
        route: UploadRoute,
        body: PatientReceive,
        send: Send,
        raised: Exception,
    ) -> None:
        error = refusal_of(raised)
        if error is None:
            log.error("unhandled", path=scope["path"], exc_info=raised)
            error = InternalError()
        if route.is_page and type(error) is Unauthenticated:
            # As GET the page itself knows where visitors log in and how they come back.
            visit = {**without_body(scope, {}), "method": "GET"}
            await self._django(visit, after_body(body), Lingering(scope, body, send).send)
        else:
            await refuse(scope, body, send, error)
