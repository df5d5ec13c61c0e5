"""Whether a page is a scan: one picture, or strips of one, and no text that shows."""

from __future__ import annotations

from ..placement.geometry import Box, Matrix, PageGeometry
from .streams import bounded

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    import pikepdf

    Instructions: TypeAlias = Sequence[
        pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage
    ]

COVERING_SHARE = 0.7
# Scans have little content, also those with invisible text behind the picture.
MOST_CONTENT_BYTES = 256 << 10
MOST_STREAMS = 64
MOST_FORMS = 8
INVISIBLE = 3  # text rendering mode (9.3.6)
START = Matrix(1, 0, 0, 1, 0, 0)
SHOWS_TEXT = ("Tj", "TJ", "'", '"')


def is_scan(pdf: pikepdf.Pdf, page: pikepdf.Object, geometry: PageGeometry) -> bool:
    """Whether pictures cover most of the visible page, and nothing else is written on it."""
    content = _content(page)
    look = _Look(pdf, geometry.box)
    if content is None or not look.goes_through(content, page.get("/Resources"), START):
        return False
    visible = geometry.box.width * geometry.box.height
    return visible > 0 and look.covered >= COVERING_SHARE * visible


def _content(page: pikepdf.Object) -> bytes | None:
    import pikepdf

    contents = page.get("/Contents")
    streams = contents.as_list() if isinstance(contents, pikepdf.Array) else [contents]
    parts = [bounded(stream, MOST_CONTENT_BYTES) for stream in streams[:MOST_STREAMS]]
    known = [part for part in parts if part is not None]
    return b"\n".join(known) if len(known) == len(streams) else None


class _Look:
    """``covered`` adds up what pictures cover of the box, in units of its page."""

    def __init__(self, pdf: pikepdf.Pdf, box: Box) -> None:
        self.covered = 0.0
        self._pdf = pdf
        self._box = box
        self._forms_left = MOST_FORMS

    def goes_through(self, content: bytes, resources: object, matrix: Matrix) -> bool:
        """Follow the operators; False as soon as text shows or something is not understood."""
        import pikepdf

        try:
            instructions = pikepdf.parse_content_stream(pikepdf.Stream(self._pdf, content))
            return self._follows(instructions, resources, matrix)
        except (pikepdf.PikepdfError, TypeError, ValueError, ArithmeticError):
            return False

    def _follows(self, instructions: Instructions, resources: object, matrix: Matrix) -> bool:
        outer: list[Matrix] = []
        mode: object = 0
        for instruction in instructions:
            name, operands = str(instruction.operator), list(instruction.operands)
            if name == "q":
                outer.append(matrix)
            elif name == "Q" and outer:
                matrix = outer.pop()
            elif name == "cm":
                matrix = _matrix(operands).then(matrix)
            elif name == "Tr":
                mode = operands[0] if operands else 0
            elif name in SHOWS_TEXT and mode != INVISIBLE:
                return False
            elif name == "INLINE IMAGE":
                self._cover(matrix)
            elif name == "Do" and not self._draws(operands, resources, matrix):
                return False
        return True

    def _draws(self, operands: Sequence[object], resources: object, matrix: Matrix) -> bool:
        import pikepdf

        drawn = _named(resources, operands)
        if drawn is None:
            return True
        if drawn.get("/Subtype") == "/Image":
            self._cover(matrix)
            return True
        content = bounded(drawn, MOST_CONTENT_BYTES)
        self._forms_left -= 1
        if content is None or self._forms_left < 0:
            return False
        own = drawn.get("/Matrix")
        if isinstance(own, pikepdf.Array):
            matrix = _matrix(own.as_list()).then(matrix)
        return self.goes_through(content, drawn.get("/Resources"), matrix)

    def _cover(self, matrix: Matrix) -> None:
        corners = [matrix.applied(x, y) for x in (0, 1) for y in (0, 1)]
        across, up = zip(*corners, strict=True)
        seen = Box(min(across), min(up), max(across), max(up)).intersection(self._box)
        if not seen.is_empty:
            self.covered += seen.width * seen.height


def _matrix(numbers: Iterable[object]) -> Matrix:
    """The matrix of six numbers; raises TypeError or ValueError for anything else."""
    return Matrix(*[float(number) for number in numbers])  # type: ignore[arg-type]  # see above


def _named(resources: object, operands: Sequence[object]) -> pikepdf.Stream | None:
    """The external object that ``Do`` names."""
    import pikepdf

    objects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    name = operands[0] if operands else None
    if not isinstance(objects, pikepdf.Dictionary) or not isinstance(name, pikepdf.Name):
        return None
    drawn = objects.get(name)
    return drawn if isinstance(drawn, pikepdf.Stream) else None
