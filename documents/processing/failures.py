"""What can end an attempt, and whether it may pass."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from config.errors import LimitReached
from documents.storage import BlobMissing, StorageFull
from documents.watermark.errors import WatermarkError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt ended: a stable code, a sentence for people, and whether it may pass.

    What is about the document or the spec is for good; what is about our machines may pass.
    """

    code: str
    message: str
    is_passing: bool


WORKER_LOST = Failure(
    "worker_lost", "The program that did this work was stopped in the middle of it.", True
)
DOCUMENT_DELETED = Failure("document_deleted", "The document was deleted.", False)
BYTES_MISSING = Failure("document_missing", "The document's bytes could not be found.", False)
STORAGE_FULL = Failure("storage_full", "There was no room to store the marked copy.", True)
STORAGE_TROUBLE = Failure("storage_error", "A file could not be read or stored.", True)
INTERNAL = Failure("internal_error", "Something went wrong on our side.", True)


def failure_of(error: Exception) -> Failure:
    """Return what ``error`` means for the job; one that nobody expected is logged."""
    match error:
        case WatermarkError():
            if error.retryable:
                log.warning("engine_failed", code=error.code, detail=getattr(error, "detail", ""))
            return Failure(error.code, error.message, error.retryable)
        case BlobMissing():
            return BYTES_MISSING
        case StorageFull():
            return STORAGE_FULL
        case LimitReached():
            return Failure(error.code, str(error), False)
        case OSError():
            log.error("storage_error", error=str(error))
            return STORAGE_TROUBLE
        case _:
            log.error("internal_error", exc_info=error)
            return INTERNAL
