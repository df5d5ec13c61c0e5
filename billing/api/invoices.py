"""Operations on invoices and billing details."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response

from billing import queries
from billing.api import invoice_docs as docs
from billing.api.invoice_shapes import (
    CSV_HEAD,
    DetailsForm,
    InvoiceQuery,
    details_body,
    invoice_body,
    invoice_cells,
    whole_invoice_body,
)
from billing.invoice_files import invoice_etag, invoice_file
from billing.models import Invoice
from billing.services.billing_details import change_billing_details, details_of
from config.api.conditions import PreconditionFailed, shown_version, version_etag, versions_seen
from config.api.endpoints import Endpoint
from config.api.lists import asked_list, csv_answer, wants_csv
from config.api.pagination import Page, page_body
from config.api.parsers import JsonParser
from config.api.shapes import Shape


class InvoicesView(Endpoint):
    """The workspace's invoices and credit notes."""

    required_scopes = {"GET": "billing:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": InvoiceQuery}

    @docs.list_invoices
    def get(self, request: Request) -> HttpResponseBase:
        """List invoices."""
        asked = asked_list(self.query)
        found = asked.within(queries.invoices_for(self.principal, **asked.filters))
        if wants_csv(request):
            return csv_answer(
                found,
                tenant_id=self.principal.tenant_id,
                file_name="invoices.csv",
                head=CSV_HEAD,
                cells=invoice_cells,
                oldest_first=asked.oldest_first,
            )
        page: Page[Invoice] = asked.pages.page(found)
        return Response(page_body(request, page, invoice_body))


class InvoiceView(Endpoint):
    """One of them."""

    required_scopes = {"GET": "billing:read"}

    @docs.get_invoice
    def get(self, request: Request, invoice_id: uuid.UUID) -> Response:
        """Show an invoice."""
        return Response(whole_invoice_body(queries.invoice_for(self.principal, invoice_id)))


class InvoiceFileView(Endpoint):
    """One of them as a file."""

    required_scopes = {"GET": "billing:read"}
    refusals = {"GET": docs.READ_REFUSALS}

    @docs.get_invoice_pdf
    def get(self, request: Request, invoice_id: uuid.UUID) -> HttpResponse:
        """Draw an invoice; nothing is drawn for who has the file already."""
        invoice = queries.invoice_for(self.principal, invoice_id)
        answer = get_conditional_response(request._request, etag=invoice_etag(invoice))
        if answer is not None and answer.status_code == PreconditionFailed.status:
            raise PreconditionFailed
        if answer is None:
            return invoice_file(invoice)
        answer["ETag"] = invoice_etag(invoice)
        return answer


class BillingDetailsView(Endpoint):
    """To whom invoices are addressed."""

    required_scopes = {"GET": "billing:read", "PATCH": "billing:write"}
    parser_classes = (JsonParser,)
    refusals = {"GET": docs.READ_REFUSALS, "PATCH": docs.CHANGE_REFUSALS}

    @docs.get_billing_details
    def get(self, request: Request) -> Response | HttpResponse:
        """Show the billing details."""
        details = details_of(self.principal)
        return shown_version(request, details_body(details), details.version)

    @docs.change_billing_details
    def patch(self, request: Request) -> Response:
        """Change the billing details."""
        changes = DetailsForm.read(request.data)
        seen = versions_seen(request, changes.pop("version", None))
        details = change_billing_details(principal=self.principal, changes=changes, seen=seen)
        return Response(details_body(details), headers={"ETag": version_etag(details.version)})
