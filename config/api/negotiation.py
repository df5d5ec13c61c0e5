"""Which format is read, and which is answered."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class AnswerInJson(BaseContentNegotiation):
    """Answer in the one format there is, whatever the client would rather have.

    RFC 9110, 12.4.1 allows it, and an error that a client cannot read hides the real one.
    """

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser of the body's Content-Type, None if there is none."""
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == content_type), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type
