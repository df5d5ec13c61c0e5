"""The codes with which a job can fail: the engine's, and those of the work around it."""

from __future__ import annotations

from collections.abc import Iterator

from documents.processing import failures
from documents.watermark.errors import WatermarkError


def failure_codes() -> dict[str, str]:
    """Return the sentence of each code, in the order of the codes."""
    engine = {kind.code: kind.sentence for kind in _kinds(WatermarkError)}
    around = {
        value.code: value.message
        for value in vars(failures).values()
        if isinstance(value, failures.Failure)
    }
    return dict(sorted((engine | around).items()))


def _kinds(parent: type[WatermarkError]) -> Iterator[type[WatermarkError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)
