"""Operations that look: inspections, pictures of pages, rehearsals. Nothing is made or charged."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Tenant
from config import __version__
from config.api.conditions import PreconditionFailed
from config.api.endpoints import Endpoint
from config.api.parsers import JsonParser
from config.api.shapes import Shape, not_an_object
from config.errors import Invalid
from config.wire.gone import gone_of
from documents import queries
from documents.api import look_docs as docs
from documents.api.look_shapes import PictureQuery, PreviewForm, ValidationForm
from documents.api.watermark_config import read_spec
from documents.models import Document
from documents.services.forecast import Forecast, forecast
from documents.services.looking import CannotLook, inspect, page_picture
from documents.watermark.spec import WatermarkSpec

PNG = "image/png"


class DocumentInspectView(Endpoint):
    """What a document is."""

    required_scopes = {"GET": "documents:read"}
    refusals = {"GET": docs.LOOK_REFUSALS}

    @docs.inspect_document
    def get(self, request: Request, document_id: uuid.UUID) -> Response:
        """Inspect a document."""
        document = queries.document_for(self.principal, document_id)
        with _told_as("path"):
            told = inspect(principal=self.principal, document=document, should_stop=_gone(request))
        return Response(told)


class PagePictureView(Endpoint):
    """A page as a picture."""

    required_scopes = {"GET": "documents:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PictureQuery}
    refusals = {"GET": (*docs.LOOK_REFUSALS, "precondition_failed")}

    @docs.draw_page
    def get(self, request: Request, document_id: uuid.UUID, page: int) -> HttpResponse:
        """Draw a page; nothing is drawn for who has the picture already."""
        document = queries.document_for(self.principal, document_id)
        width = self.query["width"]
        etag = _etag(document, page, width)
        answer = get_conditional_response(request._request, etag=etag)
        if answer is not None and answer.status_code == PreconditionFailed.status:
            raise PreconditionFailed
        if answer is None:
            with _told_as("path"):
                picture = page_picture(
                    principal=self.principal,
                    document=document,
                    page=page,
                    width=width,
                    should_stop=_gone(request),
                )
            answer = HttpResponse(picture, content_type=PNG)
        answer["ETag"] = etag
        answer["Cache-Control"] = "private, no-cache"
        return answer


class WatermarkPreviewView(Endpoint):
    """A page with a mark, as a picture."""

    required_scopes = {"POST": ("documents:read", "jobs:write")}
    parser_classes = (JsonParser,)
    refusals = {"POST": (*docs.LOOK_REFUSALS, "malformed_json", "not_found")}

    @docs.preview_watermark
    def post(self, request: Request) -> HttpResponse:
        """Draw a page with a mark."""
        values, given = _apart(request, PreviewForm)
        document = queries.document_for(self.principal, values["document_id"])
        with _told_as("body"):
            picture = page_picture(
                principal=self.principal,
                document=document,
                page=values["page"],
                width=values["width"],
                spec=_spec(given, document.tenant),
                should_stop=_gone(request),
            )
        return HttpResponse(picture, content_type=PNG, headers={"Cache-Control": "no-store"})


class WatermarkValidateView(Endpoint):
    """A job rehearsed."""

    required_scopes = {"POST": ("documents:read", "jobs:write")}
    parser_classes = (JsonParser,)
    refusals = {"POST": (*docs.LOOK_REFUSALS, "malformed_json", "not_found")}

    @docs.validate_watermark
    def post(self, request: Request) -> Response:
        """Tell what a job would come to."""
        values, given = _apart(request, ValidationForm)
        document = None
        if "document_id" in values:
            document = queries.document_for(self.principal, values["document_id"])
            tenant = document.tenant
        else:
            tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        spec = _spec(given, tenant)
        told = forecast(
            principal=self.principal, document=document, spec=spec, should_stop=_gone(request)
        )
        return Response(_validation(spec, document, told))


def _apart(request: Request, shape: type[Shape]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of ``shape`` and the rest of a body, which is the mark's."""
    if not isinstance(request.data, Mapping):
        raise Invalid(problems=[not_an_object("body")])
    names = shape().fields
    own = {name: value for name, value in request.data.items() if name in names}
    return shape.read(own), {k: v for k, v in request.data.items() if k not in names}


def _spec(given: dict[str, Any], tenant: Tenant) -> WatermarkSpec:
    spec, problems = read_spec(given, "body", tenant=tenant, strings=False)
    if spec is None:
        raise Invalid(problems=problems)
    return spec


def _gone(request: Request) -> Callable[[], bool] | None:
    return gone_of(request._request.META)


def _etag(document: Document, page: int, width: int) -> str:
    """Name the picture before it is drawn: the same bytes drawn by the same program."""
    blob = document.blob
    seen = f"{__version__} {blob.sha256 if blob else ''} {page} {width}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


@contextmanager
def _told_as(place: str) -> Iterator[None]:
    """Say where the document or the page was named that cannot be shown."""
    try:
        yield
    except CannotLook as error:
        problems = [{**each, "loc": [place, *each["loc"]]} for each in error.problems]
        raise CannotLook(problems=problems) from error


def _validation(spec: WatermarkSpec, document: Document | None, told: Forecast) -> dict[str, Any]:
    return {
        "ok": not told.obstacles,
        "config": spec.as_dict(),
        "document_id": str(document.pk) if document else None,
        "pages": told.pages,
        "warnings": list(told.warnings),
        "obstacles": list(told.obstacles),
        "charge": told.charge,
        "remaining": told.remaining,
    }
