"""The words of ``text/event-stream`` (HTML, 9.2), and what a view hands to the lane that sends it.

Where no such lane is in front of Django, the view's own answer is a whole stream of one event:
``EventSource`` then asks again, which is polling.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from config.errors import LimitReached
from documents.watched import Snapshot, Watched

if TYPE_CHECKING:
    from accounts.principal import Principal
    from accounts.services.tickets import Credential

MEDIA_TYPE = "text/event-stream"
# Where in a request's environ the lane says that it is there: a ``Following`` to be filled.
FOLLOWING_KEY = "countermark.following"
RETRY_MILLISECONDS = 2000
_SEQ = re.compile("[0-9]{1,18}")


class TooManyStreams(LimitReached):
    """The tenant follows as many things as it may at once."""

    code = "too_many_streams"
    status = 429
    message = "Too many event streams are open. Close some, or follow a batch instead of its jobs."
    retry_after_seconds: ClassVar[int] = 5


@dataclass(slots=True)
class Following:
    """One client that follows, from the state ``first`` on (seen already: not sent again).

    Empty until the view has let the client in.
    """

    principal: Principal | None = None
    credential: Credential | None = None
    watched: Watched | None = None
    first: Snapshot | None = None

    @property
    def is_live(self) -> bool:
        """Whether there is more to come than the first state."""
        return bool(self.watched and self.first and self.watched.is_live(self.first))


def beginning(watched: Watched, first: Snapshot, seen: str | None) -> bytes | None:
    """Return how a stream begins, or None if the client has seen the end, and all is said.

    ``seen`` is ``Last-Event-ID``, the ``seq`` of the last event that the client got.
    """
    retry = b"retry: %d\n" % RETRY_MILLISECONDS
    if not has_seen(first, seen):
        return retry + event(f"{watched.kind}.snapshot", first)
    return retry + comment("nothing new") if watched.is_live(first) else None


def has_seen(snapshot: Snapshot, seen: str | None) -> bool:
    """Whether ``Last-Event-ID`` says that the client knows this state; nonsense says nothing."""
    return bool(seen and _SEQ.fullmatch(seen) and int(seen) >= snapshot["seq"])


def event(kind: str, snapshot: Snapshot) -> bytes:
    """Return an event with the state in one line of JSON."""
    data = json.dumps(snapshot, separators=(",", ":"))
    return f"id: {snapshot['seq']}\nevent: {kind}\ndata: {data}\n\n".encode()


def refusal(code: str, detail: str) -> bytes:
    """Return the event that tells why a stream ends too early."""
    data = json.dumps({"code": code, "detail": detail}, separators=(",", ":"))
    return f"event: refused\ndata: {data}\n\n".encode()


def comment(text: str) -> bytes:
    """Return what clients pass over: it keeps proxies from closing a quiet connection."""
    return f": {text}\n\n".encode()
