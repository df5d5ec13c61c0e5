"""What every view of the API is: who may call it, what its query may say, how it answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.deprecation import deprecation_of
from config.api.idempotency import post_answerer
from config.api.rate_headers import UPLOADS_TAKEN, rate_headers
from config.api.shapes import NoQuery, Shape


class Endpoint(APIView):
    """A view of the API.

    ``required_scopes`` names the scopes of each method, ``query_shapes`` what its query may hold
    (nothing, unless said), ``refusals`` the error codes that only it answers with.
    """

    required_scopes: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    query_shapes: ClassVar[Mapping[str, type[Shape]]] = {}
    refusals: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # Without OPTIONS: DRF's answer to it describes the view's Python, not the API.
    http_method_names: tuple[str, ...] = ("get", "post", "put", "patch", "delete", "head")
    query: dict[str, Any]
    # accounts' Principal, whom this half of the room cannot name; None on open endpoints.
    principal: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, then what the query says, before the method runs."""
        super().initial(request, *args, **kwargs)
        self.principal = request.auth
        method = request.method or ""
        if method in self.allowed_methods:  # else the answer is 405, whatever the query says
            self.query = self.query_shape(method).read(request.query_params, "query")
        if method == "POST" and (handler := getattr(self, "post", None)):
            # In front of the class's own, for this one request: DRF's dispatch calls it next.
            view = partial(handler, request, *args, **kwargs)
            self.post = lambda *_, **__: post_answerer()(request, view)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Tell what is left of the limits that counted, and what is going to end."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        asked = request._request
        taken = getattr(asked, "rate_taken", None), asked.META.get(UPLOADS_TAKEN)
        for name, value in rate_headers(*taken).items():
            answer[name] = value
        if (deprecation := deprecation_of(type(self), request.method or "")) is not None:
            for name, value in deprecation.headers().items():
                answer[name] = value
        return answer

    @classmethod
    def query_shape(cls, method: str) -> type[Shape]:
        """Return what the query of ``method`` may hold."""
        return cls.query_shapes.get("GET" if method == "HEAD" else method, NoQuery)
