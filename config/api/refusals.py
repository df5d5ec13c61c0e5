"""What Django, DRF and the drivers raise, said in our five kinds of refusal."""

from __future__ import annotations

import structlog
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from redis import exceptions as redis_errors
from rest_framework import exceptions as drf

from config.api.translation import problems_of_detail
from config.errors import DomainError, Forbidden, Invalid, Missing, Unauthenticated, Unavailable

log = structlog.get_logger("problems")

OUTAGES = (
    OperationalError,
    InterfaceError,
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
)


class BadRequest(DomainError):
    """The request could not be understood at all."""

    code = "bad_request"
    status = 400
    message = "The request could not be understood."


class MalformedJson(BadRequest):
    """The body says that it is JSON, and is not (RFC 8259)."""

    code = "malformed_json"
    message = "The body is not valid JSON."


class MalformedForm(BadRequest):
    """The body is not the form that its Content-Type announces (RFC 7578)."""

    code = "malformed_form"
    message = "The body is not valid multipart/form-data."


class MethodNotAllowed(DomainError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    message = "This method is not allowed here."


class PayloadTooLarge(DomainError):
    """More bytes than this operation takes."""

    code = "payload_too_large"
    status = 413
    message = "The body is too large."


class UnsupportedMediaType(DomainError):
    """A Content-Type that this operation does not read."""

    code = "unsupported_media_type"
    status = 415
    message = "This Content-Type is not supported here."


class RateLimited(DomainError):
    """Too many requests; later will work."""

    code = "rate_limited"
    status = 429
    message = "Too many requests. Please wait."
    retry_after_seconds = 60


class CsrfFailed(Forbidden):
    """A form without the token that proves that it is ours."""

    code = "csrf_failed"
    message = "This form has expired or did not come from this site. Reload the page."


class InternalError(DomainError):
    """A fault of ours; the log has it under the request's id."""

    code = "internal_error"
    status = 500
    message = "Something went wrong on our side. It has been recorded."


def refusal_of(exc: BaseException | None) -> DomainError | None:
    """Return the refusal that ``exc`` stands for; None for a fault of ours."""
    match exc:
        case DomainError():
            return exc
        case _ if isinstance(exc, OUTAGES):
            log.error("outage", error=repr(exc))
            return Unavailable()
        case Http404():
            return Missing()
        case PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return PayloadTooLarge()
        case DataError() if "cannot contain NUL" in str(exc):
            # Of an address's query, where no form looks: PostgreSQL keeps no such text.
            return BadRequest()
        case IntegrityError() if _names_who_is_gone(exc):
            return Unauthenticated()
        case DatabaseError() if "did not affect any rows" in str(exc):
            # What a request changes was deleted while it was asked for: its own person, too.
            return Missing()
        case drf.APIException():
            return _refusal_of_drf(exc)
    return None


def _names_who_is_gone(exc: IntegrityError) -> bool:
    """Whether a row names a person who has deleted their account since the request was let in.

    Of a foreign key that does not hold (SQLSTATE 23503) the detail names the other table.
    """
    cause = exc.__cause__
    told = getattr(getattr(cause, "diag", None), "message_detail", None) or ""
    is_foreign_key = getattr(cause, "sqlstate", None) == "23503"
    return is_foreign_key and f'"{get_user_model()._meta.db_table}"' in told


def _refusal_of_drf(exc: drf.APIException) -> DomainError | None:
    match exc:
        case drf.ValidationError():
            return Invalid(problems=problems_of_detail(exc.detail, ("body",)))
        case drf.ParseError():
            is_json = str(exc.detail).startswith("JSON")
            return MalformedJson() if is_json else BadRequest(str(exc.detail))
        case drf.AuthenticationFailed() | drf.NotAuthenticated():
            return Unauthenticated()
        case drf.PermissionDenied():
            return Forbidden()
        case drf.NotFound():
            return Missing()
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(exc.detail))
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType(str(exc.detail))
        case drf.Throttled():
            wait = getattr(exc, "wait", None)
            return RateLimited(retry_after_seconds=wait or RateLimited.retry_after_seconds)
    return None
