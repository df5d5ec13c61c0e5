"""Showing a mark that is being made: drawn by the engine, or why it is not."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.principal import Principal
from config.errors import DomainError, Invalid
from config.wire.gone import gone_of
from documents.services.looking import page_picture
from documents.views.drafts import Draft

# Twice the width at which it is seen on most screens.
WIDTH = 900


class Unfinished(Exception):
    """The form has no mark to show yet; the page as it was needs none."""


def or_reason(draft: Draft, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer, or as JSON what keeps it from being given."""
    try:
        return answer()
    except Unfinished:
        return JsonResponse({"errors": draft.form.errors}, status=422)
    except DomainError as error:
        return JsonResponse({"reason": reason_of(error)}, status=error.status)


def draw(request: HttpRequest, principal: Principal, draft: Draft) -> bytes:
    """Return the page that is seen, as PNG; raises Unfinished and as ``page_picture`` does."""
    if not draft.is_original and not draft.form.is_valid():
        raise Unfinished
    return page_picture(
        principal=principal,
        document=draft.document,
        page=draft.page,
        width=WIDTH,
        spec=None if draft.is_original else draft.form.spec,
        should_stop=gone_of(request.META),
    )


def reason_of(error: DomainError) -> str:
    """Return an error in words for people."""
    if isinstance(error, Invalid) and error.problems:
        return " ".join(str(problem["msg"]).rstrip(".") + "." for problem in error.problems)
    return error.detail
