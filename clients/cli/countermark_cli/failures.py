"""What can go wrong, each with the exit status that scripts see."""

from __future__ import annotations

import json
from typing import Any

OK, SOME_FAILED, USAGE, REFUSED, NO_ACCESS, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


class Failure(Exception):
    """Something that ends a command, or one file of many: a stable code and a sentence."""

    status = SOME_FAILED

    def __init__(self, code: str, detail: str, **more: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.more = more

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is printed with ``--json``."""
        return {"error": {"code": self.code, "detail": self.detail, **self.more}}


class Misuse(Failure):
    """The command line, the configuration or a local file is wrong."""

    status = USAGE


class Unreachable(Failure):
    """The server did not answer, or was busy for longer than we wait."""

    status = UNREACHABLE


class Refused(Failure):
    """The server said no; ``more`` has its status and request id."""

    status = REFUSED


class NoAccess(Refused):
    """The key is missing, wrong, or may not do this."""

    status = NO_ACCESS


class WorkFailed(Failure):
    """A job ended without a copy."""

    status = SOME_FAILED


def refusal(status: int, body: bytes) -> Refused:
    """Return what an answer of 4xx or 5xx says."""
    try:
        said = json.loads(body)
        code, detail = str(said["type"]), said["detail"]
        request_id = said.get("request_id")
    except (ValueError, KeyError, TypeError):
        code, detail, request_id = f"http_{status}", "The server gave no reason.", None
    if isinstance(detail, list):
        detail = "; ".join(f"{'.'.join(map(str, bad['loc']))}: {bad['msg']}" for bad in detail)
    kind = NoAccess if status in (401, 403) else Refused
    return kind(code, str(detail), status=status, request_id=request_id)
