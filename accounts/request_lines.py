"""Reading the request log, in the shape that its page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import APIKey, LoggedRequest, User
from accounts.models.logged_request import LoggedRequestQuerySet
from accounts.principal import Principal

# What people filter by: a name, and the statuses from and to.
OUTCOMES = {
    "succeeded": ("Succeeded (2xx, 3xx)", 100, 399),
    "refused": ("Refused (4xx)", 400, 499),
    "failed": ("Failed (5xx)", 500, 599),
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, the state that its mark shows, and who made it."""

    request: LoggedRequest
    state: str
    who: str


def requests_for(
    principal: Principal,
    *,
    outcome: str = "",
    api_key_id: UUID | None = None,
    is_by_people: bool = False,
    request_id: str = "",
    before: int | None = None,
) -> LoggedRequestQuerySet:
    """Return the tenant's requests, newest first; ``before`` is the number of the last one seen."""
    found = LoggedRequest.objects.visible_to(principal)
    if outcome:
        _, least, most = OUTCOMES[outcome]
        found = found.filter(status__gte=least, status__lte=most)
    if api_key_id is not None:
        found = found.filter(api_key_id=api_key_id)
    if is_by_people:
        found = found.filter(api_key_id=None)
    if request_id:
        found = found.filter(request_id=request_id)
    return found.filter(number__lt=before) if before is not None else found


def read_lines(requests: Iterable[LoggedRequest], keys: Iterable[APIKey]) -> list[RequestLine]:
    """Return the lines with the names of keys and people, in one query for the people."""
    shown = list(requests)
    names = {key.pk: key.name for key in keys}
    ids = {each.user_id for each in shown if each.user_id is not None}
    people = dict(User.objects.filter(pk__in=ids).values_list("pk", "email"))
    return [RequestLine(each, _state(each.status), _who(each, names, people)) for each in shown]


def _who(request: LoggedRequest, keys: dict[UUID, str], people: dict[UUID, str]) -> str:
    if request.api_key_id is not None:
        return keys.get(request.api_key_id, "A key that is gone")
    return people.get(request.user_id, "Somebody who is gone") if request.user_id else ""


def _state(status: int) -> str:
    if status >= 500:
        return "failed"
    return "completed_with_errors" if status >= 400 else "succeeded"
