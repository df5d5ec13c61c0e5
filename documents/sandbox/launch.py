"""Starting the child process and making sure that it ends."""

from __future__ import annotations

import compileall
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHILD = Path(__file__).with_name("child.py")
ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.0005, 0.05
ROOM = CHILD.parents[1]
RUSAGE_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024

# The children write no bytecode, which their limit on file sizes would cut in two; without it they
# take twice as long to start. Where the folder cannot be written it came with the installation.
if not sys.dont_write_bytecode:
    for folder in (ROOM / "watermark", ROOM / "formats", CHILD.parent):
        compileall.compile_dir(folder, quiet=2)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the child ended: exit status (negative: the signal), and what it used.

    ``memory_bytes`` is its peak, or ours if that was higher when it started: the kernel counts what
    was there before the exec. Workers stay far below the engine's limits.
    """

    status: int
    cpu_seconds: float
    memory_bytes: int


class Child:
    """A running child; ``answers`` and ``words`` (its standard error) are to be read."""

    def __init__(self, process: subprocess.Popen[bytes], answers: IO[bytes]) -> None:
        if process.stdin is None or process.stderr is None:
            raise ValueError("the child needs pipes")
        self.process = process
        self.answers = answers
        self.requests: IO[bytes] = process.stdin
        self.words: IO[bytes] = process.stderr

    def ending(self, deadline: float) -> Ending | None:
        """Wait for the end; None when it has not come at the deadline (monotonic).

        It comes soon as a rule, for the child has closed its pipes already.
        """
        wait = SHORTEST_WAIT_SECONDS
        while True:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                return Ending(
                    status=self.process.returncode,
                    cpu_seconds=usage.ru_utime + usage.ru_stime,
                    memory_bytes=usage.ru_maxrss * RUSAGE_UNIT_BYTES,
                )
            if time.monotonic() >= deadline:
                return None
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    def kill(self) -> None:
        """End the child and all that it may have started."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def launched(
    files: Mapping[str, IO[bytes]],
    request: Mapping[str, object],
    *,
    program: Path | None = None,
) -> Iterator[Child]:
    """A child with these open files, named in its request by descriptor; dead on leaving.

    ``program``: another than the one that runs the engine.

    The request goes through a pipe because everybody on the machine may read arguments.
    """
    reading, telling = os.pipe()
    with os.fdopen(reading, "rb") as answers:
        with os.fdopen(telling, "wb") as teller:
            numbers = {name: file.fileno() for name, file in {**files, "answers": teller}.items()}
            child = Child(_started(program or CHILD, list(numbers.values())), answers)
        try:
            with suppress(BrokenPipeError), child.requests as pipe:
                pipe.write(json.dumps({**request, **numbers, "parent": os.getpid()}).encode())
            yield child
        finally:
            child.kill()
            child.words.close()


@contextmanager
def reading(paths: Mapping[str, Path]) -> Iterator[dict[str, IO[bytes]]]:
    """Open what the child may read beside its document."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(path.open("rb")) for name, path in paths.items()}


def _started(program: Path, descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    """A fresh interpreter, isolated from our environment, user site and working directory."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own file, nothing given
        [sys.executable, "-I", "-B", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )
