"""What all parts of the fake Stripe speak in: things, refusals, phases."""

from __future__ import annotations

from typing import Any

KEY = "sk_test_fake"
SECRET = "whsec_fake"
Json = dict[str, Any]
LENGTHS = {"month": 30, "year": 365}
TRUE = ("true", "True", True)


class Refused(Exception):
    """An answer with an error."""

    def __init__(
        self, status: int, message: str, code: str = "", kind: str = "", param: str = ""
    ) -> None:
        self.status = status
        kind = kind or ("api_error" if status >= 500 else "invalid_request_error")
        self.body = {
            "error": {
                "type": kind,
                "message": message,
                "code": code or None,
                "param": param or None,
            }
        }


def missing(what: str) -> Refused:
    return Refused(404, f"No such {what}", "resource_missing", param=what)


def listed(things: list[Json]) -> Json:
    return {"object": "list", "data": things, "has_more": False, "url": "/v1"}


def dated(phases: list[Json]) -> list[Json]:
    """Return phases with both their ends, each beginning where the one before has ended."""
    out: list[Json] = []
    for phase in phases:
        begins = int(phase["start_date"]) if "start_date" in phase else out[-1]["end_date"]
        ends = int(phase.get("end_date") or 0)
        if not ends:
            ends = begins + 86400 * LENGTHS[phase["duration"]["interval"]]
        out.append(phase | {"start_date": begins, "end_date": ends})
    return out


def bounds(phase: Json) -> Json:
    return {name: phase[name] for name in ("start_date", "end_date")}
