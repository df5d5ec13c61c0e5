"""Marking by writing the document anew with pikepdf (qpdf): the way that bears every document."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from .appearance import text_appearance
from .errors import Damaged, Signed, TooLarge, TooManyPages
from .marker import Marker
from .outcome import (
    REPAIRED,
    RIGHTS_REMOVED,
    SIGNATURES_BROKEN,
    Limits,
    Notice,
    Result,
)
from .qpdf_file import opened, save, translated, was_repaired, writable
from .recovery import recovered
from .signatures import drop_usage_rights, is_signed
from .spec import SignaturePolicy, WatermarkSpec

if TYPE_CHECKING:
    import pikepdf

    from .outcome import File

METHOD = "rewrite"
OnPage = Callable[[int, int], None]


def rewrite(
    source: File,
    target: File,
    spec: WatermarkSpec,
    *,
    password: str | None,
    limits: Limits,
    on_page: OnPage | None,
) -> Result:
    """Mark every page of a document; see ``apply``."""
    appearance = text_appearance(spec)
    try:
        with opened(source, password, limits) as pdf:
            marker = Marker(pdf, spec, appearance)
            return _marked(pdf, target, marker, spec, limits, on_page)
    except Damaged as damage:
        try:
            with recovered(source, password) as copy, opened(copy, password, Limits()) as pdf:
                marker = Marker(pdf, spec, appearance)
                marker.notices[REPAIRED] = None
                return _marked(pdf, target, marker, spec, limits, on_page)
        except Damaged:
            raise damage from None


def _marked(
    pdf: pikepdf.Pdf,
    target: File,
    marker: Marker,
    spec: WatermarkSpec,
    limits: Limits,
    on_page: OnPage | None,
) -> Result:
    """Mark the pages of an open document and save it."""
    notices = dict.fromkeys([REPAIRED] if was_repaired(pdf) else [])
    notices |= dict.fromkeys(_signature_notices(pdf, spec))
    pages = len(pdf.pages)
    if pages == 0:
        raise Damaged("This document has no pages.")
    if pages > limits.max_pages:
        raise TooManyPages
    for count, page in enumerate(pdf.pages, start=1):
        marker.mark(page.obj)
        if on_page:
            on_page(count, pages)
    with writable(target) as stream, translated():
        save(pdf, stream)
        written = stream.seek(0, os.SEEK_END)
        if written > limits.max_target_bytes:
            raise TooLarge("The marked document would be larger than allowed.")
    return Result(pages, METHOD, written, tuple(notices | marker.notices))


def _signature_notices(pdf: pikepdf.Pdf, spec: WatermarkSpec) -> list[Notice]:
    notices = []
    if is_signed(pdf):
        if spec.preserve_signatures is SignaturePolicy.REFUSE:
            raise Signed
        notices.append(SIGNATURES_BROKEN)
    if drop_usage_rights(pdf):
        notices.append(RIGHTS_REMOVED)
    return notices
