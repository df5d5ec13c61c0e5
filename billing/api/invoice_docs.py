"""What the OpenAPI document says of invoices and billing details."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse

from billing.api.docs import BILLING
from billing.api.invoice_shapes import DetailsForm, DetailsOut, InvoicePage, InvoiceWholeOut
from config.api.header_parameters import asked, told
from config.api.schema import operation

READ_REFUSALS = ("precondition_failed",)
CHANGE_REFUSALS = ("malformed_json", "precondition_failed", "precondition_required")

_SUMMARY: dict[str, Any] = {
    "id": "4f8d2b0a-6c1e-4f5a-9b7d-2e3c4d5f6a70",
    "number": "INV-2026-000042",
    "kind": "invoice",
    "currency": "EUR",
    "net": 1_960,
    "tax": 392,
    "total": 2_352,
    "due_on": "2026-12-19",
    "credits": None,
    "tax_name": "VAT",
    "tax_rate": 2_000,
    "reason": "",
    "created_at": "2026-12-05T09:31:02Z",
    "paid": 2_352,
    "open": 0,
}
_DETAILS = {
    "name": "Northwind Legal Ltd",
    "address": "14 Harbour Street\nDublin D02 X285\nIreland",
    "tax_id": "IE1234567T",
    "email": "accounts@northwind.example",
}
_WHOLE = {
    **_SUMMARY,
    "seller": {
        "name": "Countermark GmbH",
        "address": "Beispielgasse 1\n1010 Wien\nAustria",
        "tax_id": "ATU12345678",
        "email": "billing@countermark.example",
    },
    "buyer": _DETAILS,
    "note": "",
    "lines": [
        {
            "kind": "plan",
            "text": "Pro, one month",
            "quantity": 1,
            "unit_price": 1_900,
            "amount": 1_900,
            "starts_at": "2026-12-05T09:30:00Z",
            "ends_at": "2027-01-05T09:30:00Z",
        },
        {
            "kind": "pages",
            "text": "Pages beyond the 20,000 included",
            "quantity": 400,
            "unit_price": 150,
            "amount": 60,
            "starts_at": "2026-11-05T09:30:00Z",
            "ends_at": "2026-12-05T09:30:00Z",
        },
    ],
}
_SHOWN = OpenApiExample("details", {**_DETAILS, "version": 1})
_ETAG = "The details' version."

list_invoices = operation(
    "listInvoices",
    tag=BILLING,
    summary="List invoices",
    description="Invoices and credit notes. With `Accept: text/csv` all that the filters leave,"
    " however many pages: a file for spreadsheets. `limit` and `cursor` do not count then.",
    responses={
        200: OpenApiResponse(
            InvoicePage,
            "One page.",
            [OpenApiExample("page", {"results": [_SUMMARY], "next": None, "previous": None})],
        ),
        (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "All of them."),
    },
)
get_invoice = operation(
    "getInvoice",
    tag=BILLING,
    summary="Get an invoice",
    responses={
        200: OpenApiResponse(InvoiceWholeOut, "The document.", [OpenApiExample("invoice", _WHOLE)])
    },
)
get_invoice_pdf = operation(
    "downloadInvoice",
    tag=BILLING,
    summary="Download an invoice",
    description="As a PDF file.",
    responses={
        (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The file."),
        304: OpenApiResponse(None, "Unchanged."),
    },
    headers=[
        asked(
            "If-None-Match",
            "An ETag: `304` if the file is still that.",
            '"2c26b46b68ffc68ff99b453c1d304134"',
        ),
        told("ETag", "Of the file.", [200, 304], required=True),
    ],
)
get_billing_details = operation(
    "getBillingDetails",
    tag=BILLING,
    summary="Get the billing details",
    description="What stands on invoices that come from now on; those issued keep what they have.",
    responses={
        200: OpenApiResponse(DetailsOut, "The details.", [_SHOWN]),
        304: OpenApiResponse(None, "Unchanged."),
    },
    headers=[
        asked("If-None-Match", "An ETag: `304` if the details are still that.", '"1"'),
        told("ETag", _ETAG, [200, 304], required=True),
    ],
)
change_billing_details = operation(
    "changeBillingDetails",
    tag=BILLING,
    summary="Change the billing details",
    description="Fields that are not named stay as they are.",
    request={
        "application/json": OpenApiRequest(
            DetailsForm,
            examples=[OpenApiExample("details", {**_DETAILS, "version": 0}, request_only=True)],
        )
    },
    responses={200: OpenApiResponse(DetailsOut, "As they are now.", [_SHOWN])},
    headers=[
        asked(
            "If-Match",
            "The ETag that you have seen, or `*` for whichever there is; without it and without"
            " `version` the answer is `428`, with another one than the present `412`.",
            '"1"',
        ),
        told("ETag", _ETAG, [200], required=True),
    ],
)
