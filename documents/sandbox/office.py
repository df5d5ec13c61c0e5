"""Having LibreOffice convert a Word document to PDF, where it can do as little harm as possible.

It starts programs and threads of its own, so the engine's list of system calls is not for it. It
gets a folder to write to, its own files to read, no network, limits, and a wall clock.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from documents.watermark.errors import WatermarkError

from . import file_rules
from .errors import EngineTimeout, Stopped
from .launch import launched
from .limits import GIB, SandboxLimits
from .run import run_child

PROGRAM = Path(__file__).with_name("office_child.py")
FONTS = Path(__file__).parents[1] / "watermark" / "fonts"
TICK_SECONDS = 0.25
MEMORY_BYTES = 4 * GIB  # of addresses: it maps far more than it uses
OPEN_FILES = 512
KEPT_WORDS_BYTES = 2000
# Its own fonts first, then ours, so that other scripts than Latin are not empty boxes.
FONT_SETTINGS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{fonts}</dir>
<cachedir>/tmp/font-cache</cachedir></fontconfig>
"""


class ConversionUnavailable(WatermarkError):
    """There is no LibreOffice here, or no way to keep it from other files."""

    code = "conversion_unavailable"
    retryable = True
    sentence = "Word documents cannot be converted to PDF here."


class ConversionFailed(WatermarkError):
    """LibreOffice gave up; ``detail`` is for the log."""

    code = "conversion_failed"
    sentence = "This document could not be converted to PDF."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__()


@cache
def office_program(name: str) -> str:
    """The path of LibreOffice's program, empty where there is none that can be confined."""
    if not name or sys.platform != "linux":
        return ""
    if file_rules.version(ctypes.CDLL(None, use_errno=True)) == 0:
        return ""
    return shutil.which(name) or ""


def convert_word(
    *,
    source: Path,
    target: Path,
    program: str,
    limits: SandboxLimits,
    refuses_signed: bool = True,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """Write a Word document as a PDF, once a child of the sandbox has found nothing against it.

    Raises ConversionUnavailable, ConversionFailed, EngineTimeout, Stopped, and what ``run_engine``
    raises for a document that is none.
    """
    found = office_program(program)
    if not found:
        raise ConversionUnavailable
    with TemporaryDirectory(dir=target.parent) as folder:
        run_child(
            source=source,
            target=Path(folder, "nothing"),
            request={"task": "check", "refuses_signed": refuses_signed},
            limits=limits,
            should_stop=should_stop,
            read=lambda _: None,
        )
        work = Path(folder).resolve()
        shutil.copyfile(source, work / "document.docx")
        settings = FONT_SETTINGS.format(fonts=FONTS)
        (work / "fonts.conf").write_text(settings)
        words = _run(work, found, limits, should_stop)
        try:
            os.replace(work / "document.pdf", target)  # noqa: PTH105 - as in the line above
        except FileNotFoundError:
            raise ConversionFailed(words) from None


def _run(
    work: Path, found: str, limits: SandboxLimits, should_stop: Callable[[], bool] | None
) -> str:
    """Have it done in the folder; what was said meanwhile."""
    request = {
        "program": found,
        "folder": str(work),
        "limits": {
            **limits.as_dict(),
            "memory_bytes": MEMORY_BYTES,
            "open_files": OPEN_FILES,
        },
        "readable": [str(FONTS)],
    }
    deadline = time.monotonic() + limits.wall_seconds
    with (work / "words").open("w+b") as words:
        with launched({"words": words}, request, program=PROGRAM) as child:
            while (ending := child.ending(min(time.monotonic() + TICK_SECONDS, deadline))) is None:
                if time.monotonic() >= deadline:
                    raise EngineTimeout
                if should_stop and should_stop():
                    raise Stopped
            said = child.words.read(KEPT_WORDS_BYTES)  # before it has become another program
        words.seek(0)
        said += words.read(KEPT_WORDS_BYTES)
    return f"exit status {ending.status}: {said.decode('utf-8', 'replace').strip()}"
