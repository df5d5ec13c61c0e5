"""Looking at a document without making anything: what it is, its pages, what a mark would say.

Each look starts a child of the sandbox and holds a thread until it has ended, so a tenant has few
of them at once, and what was seen is kept for a while.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from config import __version__
from config.errors import Invalid, LimitReached, Missing, Unavailable
from config.valkey import valkey
from documents.made_of import asset_files, blobs_of_assets
from documents.sandbox.errors import Stopped
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.looking import draw_page, inspect_document, rehearse_mark
from documents.services.asset_names import asset_ids_in
from documents.storage import blob_store
from documents.variables import variables_of
from documents.watermark.errors import BadSpec, WatermarkError

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.models import Asset, Document
    from documents.watermark.spec import WatermarkSpec

log = structlog.get_logger(__name__)
Stop = Callable[[], bool]

LOOK_SECONDS = 10.0
AT_ONCE = 2
KEPT_SECONDS = 600
# Larger ones are drawn again: what is kept lies in memory, beside the queue.
KEPT_BYTES_MAX = 512 * 1024
# Nor more than this of one tenant within ``KEPT_SECONDS``: each width is another picture.
KEPT_BYTES_OF_TENANT = 16 * 1024 * 1024

_KEEP = """
local taken = redis.call('INCRBY', KEYS[2], #ARGV[1])
if taken == #ARGV[1] then redis.call('EXPIRE', KEYS[2], ARGV[2]) end
if taken <= tonumber(ARGV[3]) then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
"""


class TooManyLooks(LimitReached):
    """The tenant has as many looks under way as it may have in one process."""

    code = "too_many_previews"
    status = 429
    message = "Too many previews at once. Ask for this one when another has come."
    retry_after_seconds: ClassVar[int] = 1


class CannotLook(Invalid):
    """The document, or what was asked of it, keeps it from being shown; ``problems`` tells why."""

    message = "This document cannot be shown."


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What marking would come to: an inspection and warnings, or what would keep it from it."""

    inspection: dict[str, Any] | None
    warnings: tuple[dict[str, str], ...]
    obstacle: WatermarkError | None = None


def inspect(
    *, principal: Principal, document: Document, should_stop: Stop | None = None
) -> dict[str, Any]:
    """Return the engine's inspection as JSON has it.

    Raises InsufficientScope, CannotLook, TooManyLooks, StorageAway and Unavailable.
    """
    principal.require("documents:read")

    def look() -> bytes:
        with _looked_at(document) as (path, limits):
            told = inspect_document(
                source=path, format=document.kind, limits=limits, should_stop=should_stop
            )
        return json.dumps(told).encode()

    told: dict[str, Any] = json.loads(kept(document, {"look": "inspect"}, look))
    return told


def page_picture(
    *,
    principal: Principal,
    document: Document,
    page: int,
    width: int,
    spec: WatermarkSpec | None = None,
    should_stop: Stop | None = None,
) -> bytes:
    """Return a page (from 1) as PNG of ``width`` pixels, with the mark if there is a ``spec``.

    Raises as ``inspect`` does.
    """
    principal.require("documents:read")
    variables = variables_of(document) if spec else {}
    blobs = _blobs_of(document, spec)
    asked = {"page": page, "width": width, "spec": spec.as_dict() if spec else None, **variables}

    def draw() -> bytes:
        with _looked_at(document) as (path, limits), asset_files(blobs) as assets:
            return draw_page(
                source=path,
                format=document.kind,
                page=page,
                width=width,
                limits=limits,
                spec=spec,
                variables=variables,
                assets=assets,
                should_stop=should_stop,
            )

    return kept(document, asked, draw)


def rehearse(
    *,
    principal: Principal,
    document: Document,
    spec: WatermarkSpec,
    should_stop: Stop | None = None,
) -> Rehearsal:
    """Return what marking would come to; nothing is charged and nothing kept.

    Raises InsufficientScope, TooManyLooks, StorageAway and Unavailable.
    """
    principal.require("documents:read")
    blobs = _blobs_of(document, spec)
    try:
        with _looked_at(document) as (path, limits), asset_files(blobs) as assets:
            inspection, notices = rehearse_mark(
                source=path,
                format=document.kind,
                limits=limits,
                spec=spec,
                variables=variables_of(document),
                assets=assets,
                should_stop=should_stop,
            )
    except CannotLook as error:
        return Rehearsal(None, (), error.__cause__)  # type: ignore[arg-type] # by _looked_at
    warnings = {notice.code: notice.as_dict() for notice in notices}
    return Rehearsal(inspection, tuple(warnings.values()))


def _blobs_of(document: Document, spec: WatermarkSpec | None) -> dict[str, UUID]:
    asset_ids = asset_ids_in(spec.as_dict()) if spec else ()
    return blobs_of_assets(document.tenant_id, asset_ids)


@contextmanager
def _looked_at(document: Document) -> Iterator[tuple[Path, SandboxLimits]]:
    """Give a look its place, its file and its limits."""
    blob = document.blob
    if blob is None:
        raise Missing
    limits = SandboxLimits.for_source(
        blob.size_bytes, base_seconds=LOOK_SECONDS, max_pages=document.tenant.max_pages
    )
    if not connection.in_atomic_block:
        connection.close()  # back into the pool meanwhile
    with in_our_words(), PLACES.taken(document.tenant_id):
        with blob_store().local_file(blob.pk) as path:
            yield path, limits


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say what ends a look; raises Unavailable and CannotLook."""
    try:
        yield
    except Stopped as stopped:
        raise Unavailable("The client has gone.") from stopped
    except WatermarkError as error:
        if error.retryable:
            log.warning("look_failed", code=error.code, detail=getattr(error, "detail", ""))
            raise Unavailable from error
        raise CannotLook(problems=_problems(error)) from error


def _problems(error: WatermarkError) -> list[dict[str, Any]]:
    if isinstance(error, BadSpec) and error.problems:
        return [problem.as_dict() for problem in error.problems]
    return [{"loc": ["document_id"], "msg": error.message, "type": error.code}]


def kept(of: Document | Asset, asked: dict[str, Any], make: Callable[[], bytes]) -> bytes:
    """Return what was seen a while ago of the same bytes, else look; without Valkey, look."""
    names = [__version__, str(of.tenant_id), str(of.blob_id), asked]
    digest = hashlib.sha256(json.dumps(names, sort_keys=True).encode()).hexdigest()
    key = f"{settings.CHANNEL_PREFIX}.look.{digest}"
    known: Any = valkey().attempt("looks", lambda client: client.get(key))
    if known:
        return bytes(known)
    made = make()
    if len(made) <= KEPT_BYTES_MAX:
        _keep(key, made, of.tenant_id)
    return made


def _keep(key: str, made: bytes, tenant_id: UUID) -> None:
    """Keep what was seen, unless the tenant has its share of the memory already."""
    names = [key, f"{settings.CHANNEL_PREFIX}.looks.{tenant_id}"]
    given: list[Any] = [made, KEPT_SECONDS, KEPT_BYTES_OF_TENANT]
    valkey().attempt("looks", lambda client: client.register_script(_KEEP)(names, given))


class _Places:
    """Counts the looks under way in this process by tenant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, tenant_id: UUID, *, at_once: int = AT_ONCE) -> Iterator[None]:
        """Hold a place as long as the block lasts; raises TooManyLooks when there is none."""
        with self._lock:
            if self._taken[tenant_id] >= at_once:
                raise TooManyLooks
            self._taken[tenant_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[tenant_id] -= 1
                if not self._taken[tenant_id]:
                    del self._taken[tenant_id]


PLACES = _Places()
