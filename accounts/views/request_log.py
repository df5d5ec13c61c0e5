"""The page of the request log."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import principal_required
from accounts.models.request_tally import LINES_OF_MINUTE
from accounts.queries import keys_shown
from accounts.request_lines import OUTCOMES, read_lines, requests_for
from accounts.services.request_writing import LINES_KEPT

LINES_SHOWN = 50
KEYS_OFFERED = 200
PEOPLE = "people"


@never_cache
@principal_required("keys:read")
@require_safe
def request_log(request: HttpRequest) -> HttpResponse:
    """The newest requests, of one outcome, one key, or with one id; ``?before=`` leads on."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    given = request.GET
    keys = list(keys_shown(principal)[:KEYS_OFFERED])
    outcome = given.get("outcome", "")
    request_id = given.get("request_id", "").strip()[:64]
    found = requests_for(
        principal,
        outcome=outcome if outcome in OUTCOMES else "",
        api_key_id=_key(given),
        is_by_people=given.get("key") == PEOPLE,
        request_id=request_id,
        before=_whole(given.get("before", "")),
    )
    shown = list(found[: LINES_SHOWN + 1])
    context = {
        "lines": read_lines(shown[:LINES_SHOWN], keys),
        "older": _address(given, shown[LINES_SHOWN - 1].number) if shown[LINES_SHOWN:] else "",
        "newest": _address(given, None) if given.get("before") else "",
        "outcomes": [(value, label) for value, (label, *_) in OUTCOMES.items()],
        "outcome": outcome,
        "keys": keys,
        "key": given.get("key", ""),
        "request_id": request_id,
        "is_filtered": any(given.get(each) for each in ("outcome", "key", "request_id")),
        "days": settings.REQUEST_LOG_DAYS,
        "lines_of_minute": LINES_OF_MINUTE,
        "lines_kept": LINES_KEPT,
    }
    return render(request, "accounts/request_log.html", context)


def _key(given: QueryDict) -> UUID | None:
    try:
        return UUID(given.get("key", ""))
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _address(given: QueryDict, before: int | None) -> str:
    query = given.copy()
    query.pop("before", None)
    if before is not None:
        query["before"] = str(before)
    return f"?{query.urlencode()}"
