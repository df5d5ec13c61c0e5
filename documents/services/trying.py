"""Trying a mark without an account: on our own sample, drawn by the engine, and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from accounts.services.rates import take_for_visitor
from documents.formats.kinds import DocumentFormat
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.looking import draw_page
from documents.services.looking import PLACES, in_our_words
from documents.services.sample import FILE_NAME, TITLE, sample_pdf
from documents.variables import moment
from documents.watermark.spec import WatermarkSpec

PICTURES_A_MINUTE = 20
# Visitors have one place together: what remains is for those who have an account.
VISITORS, AT_ONCE = UUID(int=0), 1
WIDTH = 700
SECONDS = 5.0


def draw_sample(
    *, network: str, spec: WatermarkSpec, should_stop: Callable[[], bool] | None = None
) -> bytes:
    """Return our sample's first page with the mark, as PNG, for a visitor from ``network``.

    Raises RateExceeded, TooManyLooks, CannotLook and Unavailable.
    """
    take_for_visitor(network=network, what="samples", limit=PICTURES_A_MINUTE)
    sample = sample_pdf()
    with PLACES.taken(VISITORS, at_once=AT_ONCE), TemporaryDirectory() as folder, in_our_words():
        path = Path(folder, FILE_NAME)
        path.write_bytes(sample)
        return draw_page(
            source=path,
            format=DocumentFormat.PDF,
            page=1,
            width=WIDTH,
            limits=SandboxLimits.for_source(len(sample), base_seconds=SECONDS),
            spec=spec,
            variables={**moment(), "document.title": TITLE, "org.name": "Your workspace"},
            should_stop=should_stop,
        )
