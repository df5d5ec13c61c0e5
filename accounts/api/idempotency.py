"""``Idempotency-Key``: a POST that is sent again is answered again, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.fingerprints import fingerprint_of_body, fingerprint_of_form
from accounts.principal import Principal
from accounts.services.idempotency import Outcome, do_once, read_key
from config.api.idempotency import HEADER, REPLAYED
from config.upload_form import staged_form

MULTIPART = "multipart/form-data"


class _Refused(Exception):
    """The view has answered with a refusal, without raising it."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__(response.status_code)
        self.response = response


def answer_once(request: Request, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer as ``view`` does, or as it did: config's ``API_POST_ANSWERER``.

    Who has no workspace (logging in, signing up) is answered as without a key. Only what was
    done is kept: after a refusal, a crash or an outage the key is as new. Raises
    BadIdempotencyKey, IdempotencyKeyInUse and IdempotencyKeyReused, and what ``view`` raises.
    """
    text = request.headers.get(HEADER)
    if text is None or not isinstance(request.auth, Principal):
        return view()
    key = read_key(text)
    streamed: list[HttpResponseBase] = []
    try:
        outcome, is_old = do_once(
            principal=request.auth,
            operation=f"{request.method} {request.path}",
            key=key,
            fingerprint=_fingerprint(request),
            work=lambda: _outcome_of(view(), streamed),
        )
    except _Refused as refused:
        return refused.response
    return streamed[0] if outcome is None else _answer(outcome, is_old)


def _fingerprint(request: Request) -> bytes:
    django_request = request._request
    if (form := staged_form(django_request)) is not None:
        return fingerprint_of_form(django_request, form.query_dict())
    if (request.content_type or "").lower().startswith(MULTIPART):
        return fingerprint_of_form(django_request, _fields(request))
    return fingerprint_of_body(django_request)


def _fields(request: Request) -> QueryDict:
    try:
        fields = request.data
    except UnsupportedMediaType:
        return QueryDict()  # the view does not read it, or says so itself
    return fields if isinstance(fields, QueryDict) else QueryDict()


def _outcome_of(response: HttpResponseBase, streamed: list[HttpResponseBase]) -> Outcome | None:
    """Return what is kept of an answer: nothing of a file, which some POSTs only draw."""
    if response.status_code >= 400:
        raise _Refused(response)
    if not isinstance(response, Response):
        streamed.append(response)
        return None
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    body = JSONRenderer().render(response.data).decode()
    return {"status": response.status_code, "headers": headers, "body": body}


def _answer(outcome: Outcome, is_old: bool) -> HttpResponse:
    """Make the answer of what is kept, the first time too: so the two are equal."""
    response = HttpResponse(outcome["body"], "application/json", outcome["status"])
    if not outcome["body"]:
        del response["Content-Type"]
    for name, value in outcome["headers"].items():
        response[name] = value
    if is_old:
        response[REPLAYED] = "true"
    return response
