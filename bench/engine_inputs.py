"""The documents that the engine is measured on, made here: the same bytes from the same seed.

    python bench/engine_inputs.py FOLDER NAME…

writes ``FOLDER/NAME.pdf`` for each name of ``INPUTS`` that is not there yet. Run as a process of
its own, so that what it takes to make a document is not counted as anybody's memory.
"""

from __future__ import annotations

import io
import random
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import pikepdf

A4 = b"/MediaBox[0 0 595 842]"
WORDS = (
    "account agreement annual balance between board budget capital change client committee"
    " contract cost current customer date delivery director during each estimate following"
    " growth however income increase interest invoice liability market meeting month net notice"
    " office operating payment period plan profit project quarter rate report result revenue"
    " review risk sales schedule section share statement table tax team total under value year"
).split()
PARAGRAPHS = 42
PREDEFINED_FONTS = (b"Helvetica", b"Helvetica-Bold", b"Times-Roman", b"Courier")


class ClassicWriter:
    """A file with a cross-reference table, written object by object, never held in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.offsets: dict[int, int] = {}
        file.write(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")

    def put(self, number: int, body: bytes) -> None:
        """Write one object."""
        self.offsets[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def put_stream(self, number: int, data: bytes, entries: bytes = b"") -> None:
        """Write one stream; ``data`` is already encoded."""
        self.put(number, b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data))

    def close(self, root: int) -> None:
        """Write the cross-reference table and the trailer."""
        start, size = self.file.tell(), max(self.offsets) + 1
        self.file.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        self.file.writelines(b"%010d 00000 n \n" % self.offsets[n] for n in range(1, size))
        self.file.write(b"trailer\n<</Size %d/Root %d 0 R>>\n" % (size, root))
        self.file.write(b"startxref\n%d\n%%%%EOF\n" % start)


def page_of_text(chance: random.Random, page: int, lines: int) -> bytes:
    """A content stream of so many lines, deflated, unlike that of any other page."""
    text = [b"BT /F2 14 Tf 72 790 Td (Section %d) Tj /F1 10 Tf" % page]
    for _ in range(lines):
        words = " ".join(chance.choices(WORDS, k=11)) + f" {chance.random():.4f}"
        text.append(b"0 -14 Td (%s) Tj" % words.encode())
    return zlib.compress(b"\n".join([*text, b"ET"]), 6)


def report(path: Path, *, pages: int, lines: int, links: int = 4, fanout: int = 50) -> None:
    """Text pages as typesetters and report generators write them.

    Each page has its content, its resources (fonts are shared), its links to other pages and its
    entry in the outline: with 4 links 8 objects a page, where long documents in public
    repositories have 9 in the median.
    """
    chance = random.Random(f"report {pages}")  # noqa: S311 - text to measure with, no secret
    outline, first_node = 3 + len(PREDEFINED_FONTS), 4 + len(PREDEFINED_FONTS)
    nodes = range(first_node, first_node + -(-pages // fanout))
    stride = 4 + links
    numbers = range(nodes.stop, nodes.stop + pages * stride, stride)
    with path.open("wb") as file:
        out = ClassicWriter(file)
        out.put(1, b"<</Type/Catalog/Pages 2 0 R/Outlines %d 0 R>>" % outline)
        out.put(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, references(nodes)))
        for number, font in enumerate(PREDEFINED_FONTS, start=3):
            out.put(number, b"<</Type/Font/Subtype/Type1/BaseFont/%s>>" % font)
        ends = (numbers[0] + 3, numbers[-1] + 3, pages)
        out.put(outline, b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % ends)
        for index, node in enumerate(nodes):
            kids = numbers[index * fanout : (index + 1) * fanout]
            entries = b"<</Type/Pages/Parent 2 0 R/Count %d/Kids[%s]>>"
            out.put(node, entries % (len(kids), references(kids)))
        for page, number in enumerate(numbers):
            _report_page(out, numbers, page, nodes[page // fanout], links)
            content = page_of_text(chance, page + 1, lines)
            out.put_stream(number + 1, content, b"/Filter/FlateDecode")
        out.close(root=1)


def _report_page(out: ClassicWriter, numbers: range, page: int, parent: int, links: int) -> None:
    """One page but for its content."""
    number = numbers[page]
    annotations = range(number + 4, number + 4 + links)
    entries = b"<</Type/Page/Parent %d 0 R%s/Resources %d 0 R/Contents %d 0 R/Annots[%s]>>"
    own = (parent, A4, number + 2, number + 1, references(annotations))
    out.put(number, entries % own)
    fonts = b"".join(b"/F%d %d 0 R" % (n, 2 + n) for n in range(1, 1 + len(PREDEFINED_FONTS)))
    out.put(number + 2, b"<</ProcSet[/PDF/Text]/Font<<%s>>>>" % fonts)
    neighbours = b""
    if page:
        neighbours += b"/Prev %d 0 R" % (numbers[page - 1] + 3)
    if page + 1 < len(numbers):
        neighbours += b"/Next %d 0 R" % (numbers[page + 1] + 3)
    title = (page + 1, 3 + len(PREDEFINED_FONTS), number, neighbours)
    out.put(number + 3, b"<</Title(Section %d)/Parent %d 0 R/Dest[%d 0 R/Fit]%s>>" % title)
    for index, annotation in enumerate(annotations):
        place = (72, 700 - 100 * index, 200, 714 - 100 * index)
        goal = numbers[(page * 7 + index * 13) % len(numbers)]
        link = (
            b"<</Type/Annot/Subtype/Link/Border[0 0 0]/Rect[%d %d %d %d]/Dest[%d 0 R/XYZ 0 800 0]>>"
        )
        out.put(annotation, link % (*place, goal))


def references(numbers: Iterable[int]) -> bytes:
    """The text of an array's items."""
    return b" ".join(b"%d 0 R" % number for number in numbers)


def manual(path: Path) -> None:
    """1,200 pages of text in object streams with a cross-reference stream (7.5.7, 7.5.8)."""
    import pikepdf

    classic = path.with_suffix(".classic")
    report(classic, pages=1_200, lines=84)
    with pikepdf.open(classic) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    classic.unlink()


def scans(path: Path) -> None:
    """160 pages of one JPEG each, 126 MB, resources apart from the pages as scanners write them."""
    pages, picture = 160, b"q 595 0 0 842 0 0 cm /Im0 Do Q"
    with path.open("wb") as file:
        out = ClassicWriter(file)
        out.put(1, b"<</Type/Catalog/Pages 2 0 R>>")
        kids = references(3 + 4 * page for page in range(pages))
        out.put(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids))
        for page, (jpeg, size) in zip(range(pages), _scanned_pages(), strict=False):
            number = 3 + 4 * page
            entries = b"<</Type/Page/Parent 2 0 R%s/Rotate 0/Contents %d 0 R/Resources %d 0 R>>"
            out.put(number, entries % (A4, number + 1, number + 2))
            out.put_stream(number + 1, picture)
            resources = b"<</ProcSet[/PDF/ImageB]/XObject<</Im0 %d 0 R>>>>"
            out.put(number + 2, resources % (number + 3))
            image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % size
            out.put_stream(number + 3, jpeg, image + b"/BitsPerComponent 8/Filter/DCTDecode")
        out.close(root=1)


def _scanned_pages() -> Iterator[tuple[bytes, tuple[int, int]]]:
    """JPEGs of grainy paper without end; a comment (ITU-T T.81, B.2.4.5) keeps each unlike all."""
    from PIL import Image

    chance = random.Random("scans")  # noqa: S311 - grain to measure with, no secret
    width, height = size = 1240, 1754
    papers = []
    for _ in range(4):
        grain = chance.randbytes(width * height)
        image = Image.frombytes("L", size, grain).point(lambda value: 130 + value // 2)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=64)
        papers.append(out.getvalue())
    for page in range(sys.maxsize):
        jpeg = papers[page % len(papers)]
        comment = b"\xff\xfe\x00\x0a" + b"%08d" % page
        yield jpeg[:2] + comment + jpeg[2:], size


def letter(path: Path) -> None:
    """10 tagged pages from an office: embedded TrueType fonts, pictures, object streams."""
    import pikepdf
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    chance = random.Random("letter")  # noqa: S311 - text to measure with, no secret
    faces = ("Vera", "VeraBd", "VeraIt", "VeraBI")
    for face in faces:
        pdfmetrics.registerFont(TTFont(face, f"{face}.ttf"))
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1, invariant=1)
    for page in range(10):
        canvas.setFont("VeraBd", 16)
        canvas.drawString(72, 780, f"{page + 1}. {' '.join(chance.choices(WORDS, k=4)).title()}")
        for line in range(PARAGRAPHS):
            canvas.setFont(faces[0 if line % 7 else 1 + line % 3], 9.5)
            canvas._code.append(f"/P <</MCID {line}>> BDC")
            canvas.drawString(72, 750 - 15 * line, " ".join(chance.choices(WORDS, k=13)))
            canvas._code.append("EMC")
        if page % 3 == 0:
            canvas.drawImage(ImageReader(_photograph(chance)), 330, 90, 190, 127)
        canvas.linkURL("https://example.com/", (72, 60, 200, 72))
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"Section {page + 1}", f"p{page}")
        canvas.showPage()
    canvas.save()
    with pikepdf.open(out) as pdf:
        _tag(pdf)
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)


def _tag(pdf: pikepdf.Pdf) -> None:
    """A structure tree (14.7) with an element for each paragraph, as word processors write it."""
    from pikepdf import Array, Dictionary, Name

    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    whole = pdf.make_indirect(Dictionary(S=Name.Document, P=root, K=Array()))
    parents = Array()
    for index, page in enumerate(pdf.pages):
        elements = Array()
        for line in range(PARAGRAPHS):
            entries = Dictionary(Type=Name.StructElem, S=Name.P, P=whole, Pg=page.obj, K=line)
            elements.append(pdf.make_indirect(entries))
        page.StructParents = index
        whole.K.extend(elements)
        parents.extend([index, pdf.make_indirect(elements)])
    root.K, root.ParentTree = whole, pdf.make_indirect(Dictionary(Nums=parents))
    pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)


def _photograph(chance: random.Random) -> io.BytesIO:
    """Something with the smooth areas and the grain of a photograph, about 90 kB."""
    from PIL import Image, ImageChops

    size = (760, 508)
    coarse = Image.frombytes("RGB", (8, 6), chance.randbytes(8 * 6 * 3)).resize(size)
    grain = Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3))
    out = io.BytesIO()
    ImageChops.add(coarse, grain.point(lambda value: value // 10)).save(out, "JPEG", quality=80)
    out.seek(0)
    return out


def stamp(path: Path) -> None:
    """The mark as a page, for engines that draw no text of their own."""
    with path.open("wb") as file:
        out = ClassicWriter(file)
        out.put(1, b"<</Type/Catalog/Pages 2 0 R>>")
        out.put(2, b"<</Type/Pages/Count 1/Kids[3 0 R]>>")
        resources = b"/Resources<</Font<</F1 5 0 R>>/ExtGState<</G1 6 0 R>>>>"
        out.put(3, b"<</Type/Page/Parent 2 0 R%s/Contents 4 0 R%s>>" % (A4, resources))
        turned = b"/G1 gs .5 g BT /F1 72 Tf .707 .707 -.707 .707 110 220 Tm (CONFIDENTIAL) Tj ET"
        out.put_stream(4, turned)
        out.put(5, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        out.put(6, b"<</Type/ExtGState/ca .3>>")
        out.close(root=1)


INPUTS: dict[str, Callable[[Path], None]] = {
    "stamp": stamp,
    "10 pages": letter,
    "1,200 pages": manual,
    "scans": scans,
    "5,000 pages": lambda path: report(path, pages=5_000, lines=100),
    "100,000 pages": lambda path: report(path, pages=100_000, lines=4, links=0),
}


def path_of(folder: Path, name: str) -> Path:
    """Where an input lies."""
    return folder / f"{name.replace(' ', '-').replace(',', '')}.pdf"


def main(folder: str, *names: str) -> None:
    """Make what is not there yet; a file appears only when it is whole."""
    for name in names:
        path = path_of(Path(folder), name)
        if not path.exists():
            part = path.with_suffix(".part")
            INPUTS[name](part)
            part.replace(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
