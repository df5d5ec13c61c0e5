"""The child process: one task, then the end. Started by ``run.py`` with ``python -I``.

Reads one JSON object from standard input and writes JSON lines to the descriptor named in it:
``{"page", "pages"}`` along the way, at last ``{"done"}``, ``{"error"}`` or ``{"system_error"}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 - pathlib takes 5 ms to load

from documents.sandbox.confinement import confine  # noqa: E402 - the path has to be set first

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

SECONDS_BETWEEN_PAGES_TOLD = 0.1
# A repair below pages drawn as pictures takes two, pages made of another kind of file one.
SCRATCH = ("scratch", "more_scratch", "third_scratch")
FILES = ("source", "target", *SCRATCH)


def main() -> None:
    """Confine this process, do its task (``tasks.py``), tell what became of it, and end at once.

    Everything is written by then; taking the interpreter apart would only take time.
    """
    request = json.load(sys.stdin.buffer)
    limits: Any = SimpleNamespace(**request["limits"])
    confine(limits, request["parent"], [request[name] for name in (*FILES, *_asset_files(request))])
    _tell(request["answers"], _answer(request, limits))
    os._exit(0)


def _asset_files(request: dict[str, Any]) -> Iterable[str]:
    """The names by which the files that the mark is made of were handed over."""
    names: dict[str, str] = request.get("assets", {})
    return names.values()


def _answer(request: dict[str, Any], limits: Any) -> dict[str, object]:
    from documents.sandbox.tasks import TASKS
    from documents.watermark import BadSpec, Limits, WatermarkError
    from documents.watermark.files import give_scratch

    give_scratch(request[name] for name in SCRATCH)
    bounds = Limits(limits.max_source_bytes, limits.output_bytes, limits.max_pages)
    tell = _page_teller(request["answers"])
    try:
        with (
            os.fdopen(request["source"], "rb") as source,
            os.fdopen(request["target"], "r+b", buffering=0) as target,
        ):
            return {"done": TASKS[request["task"]](request, source, target, bounds, tell)}
    except BadSpec as error:
        problems = [problem.as_dict() for problem in error.problems]
        return {"error": {"code": error.code, "message": error.message, "problems": problems}}
    except WatermarkError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except MemoryError:
        return {"error": {"code": "out_of_memory", "message": ""}}
    except OSError as error:
        return {"system_error": [error.errno, error.strerror]}


def _page_teller(answers: int) -> Callable[[int, int], None]:
    next_at = 0.0

    def tell(page: int, pages: int) -> None:
        nonlocal next_at
        now = time.monotonic()
        if now >= next_at or page == pages:
            next_at = now + SECONDS_BETWEEN_PAGES_TOLD
            _tell(answers, {"page": page, "pages": pages})

    return tell


def _tell(answers: int, message: dict[str, object]) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


if __name__ == "__main__":
    main()
