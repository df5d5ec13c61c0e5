"""Marking hostile documents as a worker does, and looking at what is left of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from documents.formats.kinds import DocumentFormat
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.run import run_engine
from documents.tests.sandbox.running import children
from documents.watermark.errors import DOCUMENT_ERRORS, WatermarkError
from documents.watermark.spec import WatermarkSpec

MARKED = "marked"
ENDS = {MARKED, *DOCUMENT_ERRORS}
# Each goes another way through the engine: append, every picture drawn, all written anew.
WAYS = {
    "standard": {},
    "sealed": {"strength": "sealed"},
    "stripped": {"active_content": "strip"},
    "pictures": {"strength": "raster"},
}

# Seconds each, of the engine's work or of ours; the others take tenths.
LONG = {
    "a million kids",
    "a page 200,000 times",
    "a tree that doubles",
    "cross references of 1 GiB",
    "flate 4 GiB",
    "forty pages of 60 MiB",
    "object stream of 512 MiB",
}
# Nobody can draw these; the limit that ends them is the same with a shorter clock.
ENDLESS = {"pattern of small steps", "pattern of itself", "group masked by itself"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code``: MARKED or the error's; ``harm``: what it did to this process, in words."""

    code: str
    seconds: float
    harm: tuple[str, ...]


def spec_for(way: str, format: DocumentFormat = DocumentFormat.PDF) -> WatermarkSpec:
    """What to mark with; a Word document has no numbers of pages to tell."""
    text = "DRAFT" if format is DocumentFormat.DOCX else "DRAFT {{page}}"
    return WatermarkSpec.parse({"watermark_text": text, **WAYS[way]})


def limits_for(data: bytes, way: str, max_pages: int = 200_000) -> SandboxLimits:
    """As workers set them."""
    return SandboxLimits.for_source(len(data), max_pages=max_pages, draws_pages=way == "pictures")


def verdict_on(
    data: bytes, way: str, limits: SandboxLimits, format: DocumentFormat = DocumentFormat.PDF
) -> Verdict:
    """Mark the document in the sandbox; raises what no document may make it raise."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        source.write_bytes(data)
        before, began_at = _here(), time.monotonic()
        try:
            spec = spec_for(way, format)
            run_engine(source=source, target=target, spec=spec, limits=limits, format=format)
            code = MARKED
        except WatermarkError as error:
            code = error.code
        seconds = time.monotonic() - began_at
        expected = {source, target} if code == MARKED else {source}
        left = set(Path(folder).iterdir()) - expected
        missing = expected - set(Path(folder).iterdir())
    after = _here()
    harm = [f"left {path.name}" for path in left] + [f"no {path.name}" for path in missing]
    harm += [f"more {name}" for name, now in after.items() if now - before[name]]
    return Verdict(code, seconds, tuple(harm))


def _here() -> dict[str, set[str]]:
    """What this process holds."""
    listed = list(Path("/proc/self/fd").iterdir())
    return {
        "processes": set(map(str, children())),
        "descriptors": {path.name for path in listed if path.is_symlink()},  # not the listing's own
    }
