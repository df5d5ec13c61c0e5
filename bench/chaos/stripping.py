"""What is active in a copy, by a look of its own: not the search that took it out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

from documents.sandbox.run import run_engine
from documents.tests.sandbox.hostile.trials import limits_for
from documents.watermark.errors import WatermarkError
from documents.watermark.spec import WatermarkSpec

ACTIONS = {
    f"/{name}"
    for name in "JavaScript Launch SubmitForm ImportData GoToR GoToE Rendition Movie Sound".split()
}
ANNOTATIONS = {"/RichMedia", "/3D", "/Screen", "/Movie", "/Sound", "/FileAttachment"}
KEYS = {"/JS", "/AA", "/EF", "/EmbeddedFiles", "/JavaScript", "/XFA", "/RichMediaContent"}
NAMED = {"/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties"}


def active_names(data: bytes) -> set[str]:
    """The names of all active content in any object that the file knows."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {name for each in pdf.objects for name in _names_in(each)}


def _names_in(each: object, under: str = "") -> Iterator[str]:
    if isinstance(each, pikepdf.Array):
        for value in each.as_list():
            if not getattr(value, "is_indirect", False):
                yield from _names_in(value)
    if isinstance(each, pikepdf.Stream):
        each = each.stream_dict
    if not isinstance(each, pikepdf.Dictionary):
        return
    if under not in NAMED:  # resources are called as anybody likes
        yield from (key for key in KEYS & set(each.keys()) if _holds_something(key, each.get(key)))
    if "/P" not in each:  # elements of the structure have a role of any name
        yield from ACTIONS & {str(each.get("/S"))}
    yield from ANNOTATIONS & {str(each.get("/Subtype"))}
    for key, value in each.items():
        if not getattr(value, "is_indirect", False):
            yield from _names_in(value, key)


def _holds_something(key: str, value: object) -> bool:
    """Usage rights list what they allow under /EF; a tree of names (7.9.6) may be empty."""
    if key == "/EF":
        return isinstance(value, pikepdf.Dictionary)
    if key == "/EmbeddedFiles" and isinstance(value, pikepdf.Dictionary):
        return "/Kids" in value or len(value.get("/Names", [])) > 0
    return value is not None


def stripped(data: bytes, strength: str) -> bytes | None:
    """The copy without active content, made in the sandbox; None where there is none."""
    options = {"watermark_text": "COPY", "strength": strength, "active_content": "strip"}
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        source.write_bytes(data)
        way = "pictures" if strength == "raster" else strength
        try:
            run_engine(
                source=source,
                target=target,
                spec=WatermarkSpec.parse(options),
                limits=limits_for(data, way),
            )
        except WatermarkError:
            return None
        return target.read_bytes()
