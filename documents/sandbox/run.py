"""One sandboxed run: listening to the child, telling the caller, judging the end."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from documents.formats.kinds import DocumentFormat
from documents.watermark.errors import DOCUMENT_ERRORS, BadSpec, OutOfMemory, Problem
from documents.watermark.outcome import Notice
from documents.watermark.spec import WatermarkSpec

from .errors import EngineCrashed, EngineTimeout, Stopped
from .launch import Child, Ending, launched, reading
from .limits import SandboxLimits

T = TypeVar("T")
SECONDS_BETWEEN_TICKS = 1.0
SECONDS_BETWEEN_PAGES = 0.25
CHUNK_BYTES = 65536
MOST_ANSWER_BYTES = 1 << 20
KEPT_WORDS_BYTES = 4096
FAILED_ALLOCATION_SIGNALS = (signal.SIGABRT, signal.SIGILL, signal.SIGTRAP, signal.SIGSEGV)
SIGNS_OF_NO_MEMORY = (
    b"MemoryError",
    b"bad_alloc",
    b"Cannot allocate memory",
    b"cannot allocate memory for thread-local data",  # the C library, which then ends the process
)


@dataclass(frozen=True, slots=True)
class EngineOutcome:
    """A finished run: what the engine told. ``reason``: why another method than append."""

    pages: int
    method: str
    reason: str
    bytes_written: int
    warnings: tuple[Notice, ...]


def run_engine(
    *,
    source: Path,
    target: Path,
    spec: WatermarkSpec,
    limits: SandboxLimits,
    format: DocumentFormat = DocumentFormat.PDF,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, Path] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> EngineOutcome:
    """Mark the source into the target, in a process of its own; ``variables`` as ``apply``'s.

    ``assets`` are files, by the names that the spec has for them.
    ``format`` is what the source is; ``documents.formats.marking`` says what becomes of it.

    ``on_progress(page, pages)`` comes at most four times a second, and for the last page.
    ``should_stop()`` is asked at once and then about every second, whatever the child does. What
    either raises ends the run and comes out here.

    Raises the engine's errors with their codes; EngineTimeout, OutOfMemory and EngineCrashed
    (the only one that may pass by itself); Stopped; OSError where a file cannot be read or
    written. The target exists afterwards only if all went well.
    """
    request = {
        "task": "mark",
        "format": format,
        "spec": spec.as_dict(),
        "variables": dict(variables or {}),
    }
    return run_child(
        source=source,
        target=target,
        request=request,
        limits=limits,
        assets=assets,
        on_progress=on_progress,
        should_stop=should_stop,
        read=_done,
    )


def run_writer(
    *, target: Path, title: str, content: str, format: DocumentFormat, limits: SandboxLimits
) -> EngineOutcome:
    """Write content as a document to the target, in a process of its own.

    Raises what ``run_engine`` raises.
    """
    request = {"task": "write", "format": format, "title": title, "content": content}
    source = Path(os.devnull)
    return run_child(source=source, target=target, request=request, limits=limits, read=_done)


def run_child(
    *,
    source: Path,
    target: Path,
    request: Mapping[str, Any],
    limits: SandboxLimits,
    assets: Mapping[str, Path] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    read: Callable[[Mapping[str, Any]], T],
) -> T:
    """Have a child do a task (``tasks.py``) and return what ``read`` makes of what it tells.

    Nothing of that is to be trusted. As ``run_engine`` otherwise.
    """
    listener = _Listener(limits, on_progress, should_stop)
    paths = {f"asset{at}": path for at, path in enumerate((assets or {}).values())}
    named = dict(zip(assets or {}, paths, strict=True))
    whole = {**request, "assets": named, "limits": limits.as_dict()}
    try:
        with (
            opened(source, target) as files,
            reading(paths) as made_of,
            launched({**files, **made_of}, whole) as child,
        ):
            listener.listen(child)
            ending = child.ending(listener.deadline)
        if ending is None:
            raise EngineTimeout
        return read(_told(listener, ending, limits))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def opened(source: Path, target: Path) -> Iterator[dict[str, IO[bytes]]]:
    """All that the child may write to, for it may open nothing: scratch is on the target's disk."""
    with (
        source.open("rb") as reading,
        target.open("w+b") as writing,
        TemporaryFile(dir=target.parent) as scratch,
        TemporaryFile(dir=target.parent) as more_scratch,
        TemporaryFile(dir=target.parent) as third_scratch,
    ):
        yield {
            "source": reading,
            "target": writing,
            "scratch": scratch,
            "more_scratch": more_scratch,
            "third_scratch": third_scratch,
        }


class _Listener:
    """Reads all that the child says, and keeps time meanwhile."""

    def __init__(
        self,
        limits: SandboxLimits,
        on_progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        now = time.monotonic()
        self._page_seconds, self._page = limits.page_seconds, 0
        self._last_deadline = now + limits.wall_seconds
        self._page_deadline = now + limits.page_seconds
        self.answer: dict[str, Any] = {}
        self.words = b""
        self._line = b""
        self._next_tick = self._next_page = now
        self._on_progress, self._should_stop = on_progress, should_stop

    @property
    def deadline(self) -> float:
        """Until when the child may go on, unless another page comes."""
        return min(self._last_deadline, self._page_deadline)

    def listen(self, child: Child) -> None:
        """Until the child has closed both pipes, at the latest by dying."""
        with selectors.DefaultSelector() as selector:
            selector.register(child.answers, selectors.EVENT_READ, self._take_answers)
            selector.register(child.words, selectors.EVENT_READ, self._take_words)
            while selector.get_map():
                self._keep_time()
                wait = min(self._next_tick, self.deadline) - time.monotonic()
                for key, _ in selector.select(max(wait, 0)):
                    data = os.read(key.fd, CHUNK_BYTES)
                    key.data(data)
                    if not data:
                        selector.unregister(key.fileobj)

    def _keep_time(self) -> None:
        now = time.monotonic()
        if now >= self.deadline:
            raise EngineTimeout
        if now < self._next_tick:
            return
        self._next_tick = now + SECONDS_BETWEEN_TICKS
        if self._should_stop and self._should_stop():
            raise Stopped

    def _take_words(self, data: bytes) -> None:
        self.words = (self.words + data)[-KEPT_WORDS_BYTES:]

    def _take_answers(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        if len(self._line) > MOST_ANSWER_BYTES:
            raise EngineCrashed("the child's answer does not end")
        for line in lines:
            self._take_answer(line)

    def _take_answer(self, line: bytes) -> None:
        """One message. The child may have been taken over: nothing in it is trusted."""
        try:
            message = dict(json.loads(line))
            progress = (int(message["page"]), int(message["pages"])) if "page" in message else None
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise EngineCrashed("the child's answer makes no sense") from error
        if progress:
            self._tell(*progress)
        else:
            self.answer = message

    def _tell(self, page: int, pages: int) -> None:
        now = time.monotonic()
        if page > self._page:
            self._page, self._page_deadline = page, now + self._page_seconds
        if self._on_progress and (now >= self._next_page or page == pages):
            self._next_page = now + SECONDS_BETWEEN_PAGES
            self._on_progress(page, pages)


def _told(listener: _Listener, ending: Ending, limits: SandboxLimits) -> dict[str, Any]:
    """The result, or the error that the answer or the manner of its end tells."""
    answer = listener.answer
    if ending.status == 0 and isinstance(done := answer.get("done"), dict):
        return done
    if "error" in answer:
        raise _document_error(answer["error"])
    if "system_error" in answer:
        raise OSError(*answer["system_error"])
    ran_out_of_cpu = -ending.status in (signal.SIGXCPU, signal.SIGKILL)
    if ran_out_of_cpu and ending.cpu_seconds >= limits.cpu_seconds - 1:
        raise EngineTimeout
    if _ran_out_of_memory(listener.words, ending, limits):
        raise OutOfMemory
    words = listener.words.decode("utf-8", "replace").strip()
    raise EngineCrashed(f"exit status {ending.status}; last words: {words or 'none'}")


def _ran_out_of_memory(words: bytes, ending: Ending, limits: SandboxLimits) -> bool:
    """Python says so; pdfium and the C++ runtime abort, often without a word."""
    died_large = ending.memory_bytes > limits.memory_bytes // 2
    aborted = -ending.status in FAILED_ALLOCATION_SIGNALS
    return (aborted and died_large) or any(sign in words for sign in SIGNS_OF_NO_MEMORY)


def _done(told: Mapping[str, Any]) -> EngineOutcome:
    try:
        return EngineOutcome(
            pages=int(told["pages"]),
            method=str(told["method"]),
            reason=str(told["reason"] or ""),
            bytes_written=int(told["bytes_written"]),
            warnings=tuple(Notice(each["code"], each["message"]) for each in told["warnings"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise EngineCrashed("the child's answer makes no sense") from error


def _document_error(told: Mapping[str, Any]) -> Exception:
    code, message = str(told.get("code")), str(told.get("message") or "")
    if code == EngineTimeout.code:
        return EngineTimeout(message)
    if code == BadSpec.code:  # such as a variable without a value
        bad = BadSpec(_problems(told))
        bad.message, bad.args = message, (message,)
        return bad
    kind = DOCUMENT_ERRORS.get(code)
    return kind(message) if kind else EngineCrashed(f"unknown error {code}: {message}")


def _problems(told: Mapping[str, Any]) -> list[Problem]:
    try:
        return [
            Problem(tuple(map(str, each["loc"])), str(each["msg"]), str(each["type"]))
            for each in told.get("problems", ())
        ]
    except (TypeError, KeyError):
        return []
