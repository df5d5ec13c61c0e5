"""What the engine expects of a mark, whatever draws it."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from ..outcome import File
    from ..syntax.values import Entries, Ref
    from ..text.embedding import EmbeddedFonts

    class NewObjects(Protocol):
        """Where a mark's objects go: the tail of the document that is being marked."""

        def reserve(self) -> Ref:
            """The number of an object that will be added later."""

        def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
            """Write a dictionary, or with ``data`` a stream.

            Strings and data are given as they are: compression (where ``entries`` names no
            Filter) and encryption are the writer's. ``Length`` is too.
            """

    class Mark(Protocol):
        """One layer's look. Its objects are written as they are asked for, shared ones once."""

        varies: bool  # whether the form depends on the page

        def form(self, page: int, pages: int) -> Form:
            """The form to draw on page ``page`` (from 1) of ``pages``; equal looks, equal form."""

        def finish(self) -> None:
            """Write what all forms share and could not be written before: fonts."""


class Form:
    """A form XObject (8.10) and its size in points, its origin in its middle."""

    __slots__ = ("height", "ref", "width")

    def __init__(self, ref: Ref, width: float, height: float) -> None:
        self.ref = ref
        self.width = width
        self.height = height


class MarkContext:
    """What a mark has to know beside its own instructions.

    ``variables``: values for the text's variables but ``page`` and ``pages``. ``assets``: pictures,
    documents and fonts that the instructions name. ``without_transparency``: the document forbids
    it (PDF/A-1), so colours are mixed with white beforehand. ``device_independent``: colours must
    not depend on a device (PDF/A): use CalRGB or CalGray. ``entries``: what every form carries
    beside its own, the sign that it is ours. ``font_folder``: where more fonts lie, for characters
    that ours lack. ``fonts`` is kept by the marks themselves: layers share what they embed.
    """

    __slots__ = (
        "assets",
        "device_independent",
        "entries",
        "font_folder",
        "fonts",
        "variables",
        "without_transparency",
    )

    def __init__(
        self,
        *,
        variables: Mapping[str, str] | None = None,
        assets: Mapping[str, File] | None = None,
        without_transparency: bool = False,
        device_independent: bool = False,
        entries: Entries | None = None,
        font_folder: str | None = None,
    ) -> None:
        self.variables = variables or {}
        self.assets = assets or {}
        self.without_transparency = without_transparency
        self.device_independent = device_independent
        self.entries = entries or {}
        self.font_folder = font_folder
        self.fonts: EmbeddedFonts | None = None
