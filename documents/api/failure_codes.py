"""The codes with which a job can fail: the engine's, and those of the work around it."""

from __future__ import annotations

from documents.processing import failures
from documents.sandbox.errors import EngineCrashed
from documents.sandbox.office import ConversionFailed, ConversionUnavailable
from documents.watermark.errors import DOCUMENT_ERRORS, BadSpec, WatermarkError


def failure_codes() -> dict[str, str]:
    """Return the sentence of each code, in the order of the codes."""
    kinds: list[type[WatermarkError]] = [
        *(*DOCUMENT_ERRORS.values(), BadSpec, EngineCrashed),
        *(ConversionFailed, ConversionUnavailable),
    ]
    engine = {kind.code: kind.sentence for kind in kinds}
    around = {
        value.code: value.message
        for value in vars(failures).values()
        if isinstance(value, failures.Failure)
    }
    return dict(sorted((engine | around).items()))
