"""The part of a job that needs no database: the engine in its sandbox, and the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings

from documents.formats.kinds import DocumentFormat
from documents.formats.outputs import is_converted
from documents.made_of import asset_files, blobs_of_assets
from documents.models import Blob, Document
from documents.processing.endings import StoredCopy
from documents.processing.lease import Step
from documents.sandbox.errors import Stopped
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.office import convert_word
from documents.sandbox.run import run_engine
from documents.storage import StorageAway, blob_store, storage_errors
from documents.variables import variables_of
from documents.watermark.spec import SignaturePolicy, WatermarkSpec, WatermarkStrength

log = structlog.get_logger(__name__)


class Work:
    """Marks one document, beside the thread that keeps the lease; ``step`` tells how far it is."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        document: Document,
        source: Blob,
        asset_ids: Sequence[UUID] = (),
    ) -> None:
        self._spec = spec
        self._source = source
        self._variables = variables_of(document)
        self._assets = blobs_of_assets(document.tenant_id, asset_ids)
        self._format = document.kind
        self._is_converted = is_converted(document.kind, spec)
        self._limits = SandboxLimits.for_source(
            source.size_bytes,
            base_seconds=settings.JOB_MAX_SECONDS,
            max_pages=document.tenant.max_pages,
            draws_pages=spec.get("strength") == WatermarkStrength.RASTER,
        )
        self._stop = Event()
        self._copy_id = uuid4()
        self.step = Step()
        self._future = _thread().submit(storage_errors()(self._run))

    def wait(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the end, good or bad; tell whether it has come."""
        with suppress(NotYet):
            self._future.exception(seconds)
        return self._future.done()

    def result(self) -> StoredCopy:
        """Return the stored copy, or raise what went wrong."""
        return self._future.result()

    def abandon(self) -> None:
        """Stop, wait for that, and leave no bytes behind that no row names."""
        self._stop.set()
        if self._future.exception() is None and not Blob.objects.filter(pk=self._copy_id).exists():
            with suppress(StorageAway):  # then the relay does it
                blob_store().delete(self._copy_id)

    def _run(self) -> StoredCopy:
        store = blob_store()
        staged = store.stage()
        try:
            with (
                store.local_file(self._source.pk) as original,
                self._as_read(original) as path,
                asset_files(self._assets) as assets,
            ):
                outcome = run_engine(
                    source=path,
                    target=staged.path,
                    spec=WatermarkSpec.parse(self._spec),
                    limits=self._limits,
                    format=self._format,
                    variables=self._variables,
                    assets=assets,
                    on_progress=lambda page, pages: self._go_on(Step("marking", page, pages)),
                    should_stop=self._stop.is_set,
                )
            log.info(
                "document_marked",
                blob=str(self._source.pk),
                pages=outcome.pages,
                method=outcome.method,
                reason=outcome.reason,
            )
            self._go_on(Step("storing", outcome.pages, outcome.pages))
            staged.measure()
            self._go_on(self.step)
            store.commit(staged, self._copy_id)
        finally:
            staged.discard()
        warnings = [{"code": each.code, "message": each.message} for each in outcome.warnings]
        return StoredCopy(
            self._copy_id,
            staged.size_bytes,
            staged.sha256,
            outcome.pages,
            warnings,
            staged.crc32,
        )

    @contextmanager
    def _as_read(self, original: Path) -> Iterator[Path]:
        """The file that the engine is to mark: the original, or what it is converted to."""
        if not self._is_converted:
            yield original
            return
        self._go_on(Step("converting"))
        converted = blob_store().stage()
        try:
            convert_word(
                source=original,
                target=converted.path,
                program=settings.OFFICE_PROGRAM,
                refuses_signed=self._spec.get("preserve_signatures") == SignaturePolicy.REFUSE,
                limits=self._limits,
                should_stop=self._stop.is_set,
            )
            self._format = DocumentFormat.PDF
            size_bytes = converted.path.stat().st_size
            self._limits = replace(self._limits, max_source_bytes=size_bytes)
            yield converted.path
        finally:
            converted.discard()

    def _go_on(self, step: Step) -> None:
        if self._stop.is_set():
            raise Stopped
        self.step = step


@cache
def _thread() -> ThreadPoolExecutor:
    # One for the life of the process: the engine's child is killed when the thread that started
    # it ends (prctl(2), PR_SET_PDEATHSIG).
    return ThreadPoolExecutor(1, thread_name_prefix="work")
