"""A child that tries what no document may ever bring one to do, and tells what came of it.

Started like ``child.py``, confined like it. Writes JSON lines: ``{"tried", "done"}``, and for each
parser ``{"parser", "fault"}``. What it tries last ends it where all is well.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import mmap
import os
import resource
import stat
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 - as in child.py

from documents.sandbox.confinement import confine  # noqa: E402 - the path has to be set first
from documents.sandbox.file_rules import PROJECT  # noqa: E402 - see above

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PARSERS = ("pikepdf", "PIL.Image", "pypdfium2", "uharfbuzz", "documents.watermark.engine")
NAMES_GIVEN = {"LANG", "PATH", "LC_CTYPE"}  # Python sets the last one itself
NOTE = f"/tmp/countermark-probe-{os.getpid()}"  # noqa: S108 - to be refused
SOME_PROGRAM = "/bin/true"


def main() -> None:
    """Confine this process and try everything."""
    request = json.load(sys.stdin.buffer)
    limits: Any = SimpleNamespace(**request["limits"])
    numbers = [value for name, value in request.items() if name not in ("limits", "parent")]
    confine(limits, request["parent"], [number for number in numbers if _is_file(number)])
    tell = _teller(request["answers"])
    for name, attempt in _attempts(request, limits, numbers).items():
        tell({"tried": name, "done": _succeeds(attempt)})
    for name in PARSERS:
        tell({"parser": name, "fault": _fault_of(name)})
    tell({"tried": "program", "done": _succeeds(lambda: os.execv(SOME_PROGRAM, [SOME_PROGRAM]))})  # noqa: S606 - to be refused
    os._exit(0)


def _attempts(request: dict[str, Any], limits: Any, numbers: list[int]) -> dict[str, Any]:
    """By name; whatever raises was refused."""
    parent = request["parent"]
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "memory": lambda: mmap.mmap(-1, limits.memory_bytes),
        "limits": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40)),
        "output": lambda: os.ftruncate(request["target"], limits.output_bytes + 1),
        "secrets": lambda: _none_refused(_has_secrets(numbers)),
        "socket": lambda: _none_refused(libc.socket(1, 1, 0) >= 0),
        "process": _fork,
        "memory_file": lambda: os.memfd_create("x"),
        "signal": lambda: os.kill(parent, 0),
        "passwords": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "environment": lambda: os.open(f"/proc/{parent}/environ", os.O_RDONLY),
        "folders": lambda: os.listdir("/"),  # noqa: PTH208 - pathlib takes 5 ms to load
        "project": lambda: os.listdir(PROJECT),  # noqa: PTH208 - see above
        "writing": _write,
    }


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, ValueError, MemoryError):
        return False
    return True


def _none_refused(is_done: bool) -> None:
    if not is_done:
        raise PermissionError


def _has_secrets(numbers: list[int]) -> bool:
    """Whether anything came along but what a child is to work with."""
    here = [
        number
        for number in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        if _is_open(number)
    ]
    modes = [os.fstat(number).st_mode for number in here]
    return (
        bool(set(os.environ) - NAMES_GIVEN)
        or bool(set(here) - {0, 1, 2, *numbers})
        or any(map(stat.S_ISSOCK, modes))
        or os.getcwd() != "/"  # noqa: PTH109 - pathlib takes 5 ms to load
    )


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _is_file(number: int) -> bool:
    return stat.S_ISREG(os.fstat(number).st_mode)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _write() -> None:
    os.close(os.open(NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(NOTE)  # noqa: PTH108 - pathlib takes 5 ms to load


def _fault_of(parser: str) -> str:
    try:
        importlib.import_module(parser)
    except Exception as error:
        return repr(error)
    return ""


def _teller(answers: int) -> Callable[[dict[str, object]], object]:
    return lambda message: os.write(answers, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
