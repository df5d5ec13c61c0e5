"""Whether a request that came with a cookie was meant by a page of ours.

Browsers send cookies along from any page; keys and tokens they do not. So whatever a session asks
to change carries a token that only our pages know (Django's, in a header or a form's field).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from config.api.refusals import CsrfFailed


class _Check(CsrfViewMiddleware):
    """Tells the reason instead of answering."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason

    def comes_from_elsewhere(self, request: HttpRequest) -> bool:
        """Whether the browser says that a page of another site has asked."""
        if "HTTP_ORIGIN" not in request.META:
            return False
        return not self._origin_verified(request)  # type: ignore[attr-defined] # the stubs lack it


def require_token(request: HttpRequest) -> None:
    """Raise CsrfFailed unless an unsafe request carries the token.

    Looks into a form, if there is one, and then at ``X-CSRFToken``.
    """
    check = _Check(_answer)
    check.process_request(request)
    if check.process_view(request, _answer, (), {}):
        raise CsrfFailed


def refuse_other_sites(request: HttpRequest) -> None:
    """Raise CsrfFailed where the headers alone say that another site asks (RFC 6454, Origin).

    For forms whose token lies in a body that is still to come.
    """
    if _Check(_answer).comes_from_elsewhere(request):
        raise CsrfFailed


def _answer(request: HttpRequest) -> HttpResponse:
    """Stand in for the view, which the check wants to know only for exemptions."""
    return HttpResponse()
