"""The five kinds of refusal, and one for an outage, that every room speaks.

A room subclasses one of these beside the function that raises it and gives it a stable
snake-case ``code``. ``config/api/problems.py`` is the one table that turns them into HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable code and a sentence for people.

    ``status`` is the HTTP status of RFC 9110 that stands for this kind.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Something went wrong."
    # What of ``context`` programs are told beside the sentence.
    told: ClassVar[tuple[str, ...]] = ()

    def __init__(self, message: str | None = None, **context: Any) -> None:
        self.detail = message or self.message
        self.context: Mapping[str, Any] = context
        super().__init__(self.detail)


class Invalid(DomainError):
    """What was asked for makes no sense; ``problems`` lists every bad field."""

    code = "validation_error"
    status = 422
    message = "The request is not valid."

    def __init__(
        self,
        message: str | None = None,
        *,
        problems: Sequence[Mapping[str, Any]] = (),
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.problems = tuple(problems)


class Unauthenticated(DomainError):
    """Nobody, or a credential that does not hold."""

    code = "not_authenticated"
    status = 401
    message = "Send a valid API key or sign in."
    #: What the challenge says of a credential that was sent (RFC 6750, 3.1).
    bearer_error: ClassVar[str] = ""


class Forbidden(DomainError):
    """Known, but not allowed."""

    code = "permission_denied"
    status = 403
    message = "You may not do this."


class Missing(DomainError):
    """Not there, or not yours: the two answers are the same."""

    code = "not_found"
    status = 404
    message = "Not found."


class Conflict(DomainError):
    """The state it is in does not allow this now."""

    code = "conflict"
    status = 409
    message = "The current state does not allow this."


class LimitReached(DomainError):
    """A quota (402) or a rate or size limit (subclasses set 413 or 429)."""

    code = "quota_exceeded"
    status = 402
    message = "A limit of your plan is reached."


class Unavailable(DomainError):
    """A part we need is down; trying again later will work."""

    code = "unavailable"
    status = 503
    message = "The service is not available at the moment. Please try again."
    retry_after_seconds: ClassVar[int] = 5
