"""One case after the other in a child process that may hang, crash or run out of memory."""

from __future__ import annotations

import io
import os
import resource
import signal
import struct
import tempfile
from pathlib import Path
from typing import NoReturn

import pypdfium2 as pdfium

from documents.watermark import WatermarkError, WatermarkSpec, apply

SECONDS_PER_CASE = 20
MORE_MEMORY_BYTES = 768 << 20
LENGTH = struct.Struct("<I")
OPTIONS = (
    {"watermark_text": "DRAFT"},
    {"watermark_text": "DRAFT\n{{page}}", "strength": "sealed", "layer": "under"},
    {"watermark_text": "DRAFT", "position": "tile", "preserve_signatures": "allow"},
)


class Trial:
    """A child that is asked for verdicts; a new one when it has died of a case."""

    def __init__(self) -> None:
        self.pid = 0

    def verdict(self, data: bytes, options: int = 0) -> str:
        """``marked``, the code of the engine's error, or what is wrong, beginning with ``!``."""
        if not self.pid:
            self._start()
        os.write(self.asking, LENGTH.pack(len(data)) + bytes([options % len(OPTIONS)]))
        with open(self.asking, "wb", buffering=0, closefd=False) as pipe:
            _write_all(pipe, data)
        answer = _read_exactly(self.answers, LENGTH.size)
        if len(answer) == LENGTH.size:
            return _read_exactly(self.answers, LENGTH.unpack(answer)[0]).decode()
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._forget()
        return "!hang" if status == -signal.SIGALRM else f"!crash with status {status}"

    def close(self) -> None:
        """Let the child end."""
        if self.pid:
            pid = self.pid
            self._forget()
            os.waitpid(pid, 0)

    def _forget(self) -> None:
        os.close(self.asking)
        os.close(self.answers)
        self.pid = 0

    def _start(self) -> None:
        questions, self.asking = os.pipe()
        self.answers, answering = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.asking)
            os.close(self.answers)
            _answer_all(questions, answering)
        os.close(questions)
        os.close(answering)


def _answer_all(questions: int, answers: int) -> NoReturn:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MORE_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        while head := _read_exactly(questions, LENGTH.size + 1):
            data = _read_exactly(questions, LENGTH.unpack_from(head)[0])
            signal.alarm(SECONDS_PER_CASE)
            told = judged(data, head[-1]).encode()
            signal.alarm(0)
            os.write(answers, LENGTH.pack(len(told)) + told)
    finally:
        os._exit(0)


def judged(data: bytes, options: int) -> str:
    """Mark and judge, here and now."""
    before = page_count(data)
    try:
        after, pages = _marked(data, options)
    except WatermarkError as error:
        return "!out of memory" if error.code == "out_of_memory" else error.code
    except BaseException as error:
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        line = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
        return f"!{type(error).__name__}: {str(error)[:200]} at {line}"
    count = page_count(after)
    if before and count not in (before, pages):
        return f"!{before} pages before, {count} after, {pages} told"
    return "marked"


def _marked(data: bytes, options: int) -> tuple[bytes, int]:
    spec = WatermarkSpec.parse(OPTIONS[options])
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.flush()
        result = apply(source, target, spec)
        target.seek(0)
        return target.read(), result.pages


def page_count(data: bytes) -> int:
    """The number of pages that pdfium finds; 0 where it opens nothing."""
    try:
        with pdfium.PdfDocument(data) as document:
            return len(document)
    except pdfium.PdfiumError:
        return 0


def _write_all(pipe: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[pipe.write(view) :]
        except BrokenPipeError:
            return


def _read_exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := os.read(descriptor, size - len(data))):
        data += more
    return data
