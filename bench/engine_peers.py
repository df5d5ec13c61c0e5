"""What marks the documents: our engine and those that it is measured against.

    python bench/engine_peers.py NAME IN OUT STAMP          mark once, whole process
    python bench/engine_peers.py --warm NAME IN OUT STAMP   mark once for each line read

An engine gets the document, where to write, and a document with the mark as its only page for
those that draw no text. Warm, it tells wall and processor seconds of each run in JSON. Libraries
are imported where they are used: nobody pays for another's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = "CONFIDENTIAL"
Engine = Callable[[str, str, str], object]


def ours(source: str, target: str, stamp: str) -> None:
    """The engine as a library."""
    from documents.watermark import WatermarkSpec, apply

    apply(source, target, WatermarkSpec.parse({"watermark_text": TEXT}))


def ours_sealed(source: str, target: str, stamp: str) -> None:
    """The engine, nothing of the unmarked document left to go back to."""
    from documents.watermark import WatermarkSpec, apply

    apply(source, target, WatermarkSpec.parse({"watermark_text": TEXT, "strength": "sealed"}))


def our_tail(source: str, target: str, stamp: str) -> None:
    """What the engine appends, without the copy of the document before it."""
    from documents.watermark import WatermarkSpec, build_tail

    build_tail(source, WatermarkSpec.parse({"watermark_text": TEXT}))


def copyfile(source: str, target: str, stamp: str) -> None:
    """No mark at all: what writing the document costs."""
    shutil.copyfile(source, target)


def pikepdf_form(source: str, target: str, stamp: str) -> None:
    """One form for all pages, drawn by a content stream of each page's own."""
    import pikepdf

    with pikepdf.open(source) as pdf, pikepdf.open(stamp) as other:
        form = pdf.copy_foreign(other.pages[0].as_form_xobject())
        for page in pdf.pages:
            name = page.add_resource(form, pikepdf.Name.XObject)
            page.contents_add(pikepdf.Stream(pdf, b"q\n"), prepend=True)
            page.contents_add(pikepdf.Stream(pdf, b"\nQ\nq %s Do Q" % str(name).encode()))
        pdf.save(target)


def pikepdf_overlay(source: str, target: str, stamp: str) -> None:
    """The method that pikepdf's manual names for it."""
    import pikepdf

    with pikepdf.open(source) as pdf, pikepdf.open(stamp) as other:
        for page in pdf.pages:
            page.add_overlay(other.pages[0])
        pdf.save(target)


def pypdf_merge(source: str, target: str, stamp: str) -> None:
    """The way of pypdf's manual and of every tutorial."""
    from pypdf import PdfReader, PdfWriter

    mark = PdfReader(stamp).pages[0]
    writer = PdfWriter(clone_from=source)
    for page in writer.pages:
        page.merge_page(mark)
    writer.write(target)


def pypdf_form(source: str, target: str, stamp: str) -> None:
    """One form for all pages, by hand: what a careful user of pypdf writes."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        StreamObject,
    )

    writer = PdfWriter(clone_from=source)
    mark = PdfReader(stamp).pages[0]
    form = DecodedStreamObject()
    form.set_data(mark.get_contents().get_data())
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = mark.mediabox
    form[NameObject("/Resources")] = mark["/Resources"].clone(writer)
    drawn = writer._add_object(form)

    def content(operators: bytes) -> object:
        stream: StreamObject = DecodedStreamObject()
        stream.set_data(operators)
        return writer._add_object(stream)

    before, after = content(b"q\n"), content(b"\nQ q /Countermark Do Q")
    for page in writer.pages:
        resources = page.setdefault(NameObject("/Resources"), DictionaryObject()).get_object()
        forms = resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()
        forms[NameObject("/Countermark")] = drawn
        old = page.raw_get("/Contents") if "/Contents" in page else None
        array = old is not None and isinstance(old.get_object(), ArrayObject)
        streams = list(old.get_object()) if array else [old] if old is not None else []
        page[NameObject("/Contents")] = ArrayObject([before, *streams, after])
    writer.write(target)


def pymupdf_page(source: str, target: str, stamp: str) -> None:
    """The method that PyMuPDF's recipes name for it."""
    import pymupdf

    with pymupdf.open(source) as document, pymupdf.open(stamp) as other:
        for page in document:
            page.show_pdf_page(page.rect, other, 0)
        document.save(target)


LIBRARIES: dict[str, tuple[Engine, str]] = {
    "pikepdf form": (pikepdf_form, "pikepdf"),
    "pikepdf add_overlay": (pikepdf_overlay, "pikepdf"),
    "pypdf form": (pypdf_form, "pypdf"),
    "pypdf merge_page": (pypdf_merge, "pypdf"),
    "pymupdf show_pdf_page": (pymupdf_page, "pymupdf"),
}
"""Engines that are Python libraries, with the module each needs."""

PROGRAMS: dict[str, Callable[[str, str, str], list[str]]] = {
    "cp": lambda source, target, stamp: ["cp", source, target],
    "qpdf --overlay": lambda source, target, stamp: [
        *("qpdf", source, "--overlay", stamp, "--from=", "--repeat=1", "--", target)
    ],
    "pdfcpu stamp": lambda source, target, stamp: [
        *("pdfcpu", "stamp", "add", "-mode", "text", "--", TEXT, "rot:45", source, target)
    ],
}
"""Engines that are programs, by the command that marks."""

SLOW = frozenset({"pypdf merge_page", "pymupdf show_pdf_page"})
"""What takes minutes on thousands of pages."""

OURS = frozenset({"ours", "ours sealed"})


def found() -> list[str]:
    """The engines of this machine, ours first."""
    return [
        "cp",
        *("ours", *(["ours sealed"] if "seals" in _able() else [])),
        *(name for name in PROGRAMS if name != "cp" and shutil.which(name.split()[0])),
        *(name for name, (_, module) in LIBRARIES.items() if find_spec(module)),
    ]


def found_warm() -> list[str]:
    """The engines that can stay in a process, ours first."""
    return [
        "copyfile",
        *(["our tail"] if "tails" in _able() else []),
        *(name for name in found() if name in OURS or name in LIBRARIES),
    ]


@cache
def _able() -> list[str]:
    """What the engine can do; asked in another process, for ours must stay small."""
    program = (
        "import documents.watermark as it\n"
        "print('seals' if 'strength' in it.WatermarkSpec.rules() else '')\n"
        "print('tails' if hasattr(it, 'build_tail') else '')"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()


def command(name: str, source: Path, target: Path, stamp: Path) -> list[str]:
    """The command line that marks with an engine from nothing."""
    files = (str(source), str(target), str(stamp))
    if name in OURS:
        sealed = ["--strength", "sealed"] if name == "ours sealed" else []
        return [sys.executable, "-m", "documents.watermark", *files[:2], "--text", TEXT, *sealed]
    if name in PROGRAMS:
        return PROGRAMS[name](*files)
    return [sys.executable, __file__, name, *files]


def engine_of(name: str) -> Engine:
    """The function of an engine that can stay in a process."""
    here: dict[str, Engine] = {
        "copyfile": copyfile,
        "ours": ours,
        "ours sealed": ours_sealed,
        "our tail": our_tail,
    }
    return here[name] if name in here else LIBRARIES[name][0]


def stay_warm(engine: Engine, source: str, target: str, stamp: str) -> None:
    """Mark once for every line of standard input, the first time unmeasured."""
    for _ in sys.stdin:
        Path(target).unlink(missing_ok=True)
        wall, processor = time.perf_counter(), time.process_time()
        engine(source, target, stamp)
        told = {
            "wall_seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - processor,
            "output_bytes": Path(target).stat().st_size if Path(target).exists() else 0,
        }
        os.write(sys.stdout.fileno(), json.dumps(told).encode() + b"\n")


def main(*arguments: str) -> None:
    """Run one engine once, or keep it warm."""
    warm = arguments[0] == "--warm"
    name, source, target, stamp = arguments[warm:]
    if warm:
        sys.path.insert(0, str(ROOT))
        stay_warm(engine_of(name), source, target, stamp)
    else:
        engine_of(name)(source, target, stamp)


if __name__ == "__main__":
    main(*sys.argv[1:])
