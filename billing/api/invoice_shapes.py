"""Shapes and bodies of invoices and billing details."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from billing.api.bodies import instant
from billing.api.serializers import MONEY
from billing.models import BillingDetails, Invoice, InvoiceLine
from billing.services.invoicing import BUYER, invoice_facts
from config.api.json_fields import JsonInteger
from config.api.lists import ListQuery
from config.api.shapes import Shape

CSV_HEAD = (
    *("id", "number", "kind", "created_at", "due_on", "currency", "net", "tax", "total"),
    *("tax_name", "tax_rate", "credits", "reason", "buyer"),
)


class InvoiceQuery(ListQuery):
    """Which invoices."""

    kind = serializers.ChoiceField(
        choices=Invoice.Kind.choices, required=False, help_text="Only invoices, or credit notes."
    )


class PartyOut(serializers.Serializer[Any]):
    """Who sells or buys, as it was said when the document was issued."""

    name = serializers.CharField()
    address = serializers.CharField(allow_blank=True, help_text="One line for each row.")
    tax_id = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)


class InvoiceLineOut(serializers.Serializer[Any]):
    """One thing that is charged for, or taken back."""

    kind = serializers.ChoiceField(choices=InvoiceLine.Kind.choices)
    text = serializers.CharField()
    quantity = serializers.IntegerField(help_text="Terms, or pages.")
    unit_price = serializers.IntegerField(help_text=f"Of a term, or of 1,000 pages. {MONEY}")
    amount = serializers.IntegerField(help_text=f"Without tax. {MONEY}")
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="InvoiceSummary")
class InvoiceOut(serializers.Serializer[Any]):
    """An invoice or a credit note, whose amounts are negative. It never changes."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices)
    currency = serializers.CharField(min_length=3, max_length=3)
    net = serializers.IntegerField(help_text=MONEY)
    tax = serializers.IntegerField(help_text=MONEY)
    total = serializers.IntegerField(help_text=MONEY)
    due_on = serializers.DateField(allow_null=True, help_text="Null for credit notes.")
    credits = serializers.UUIDField(
        allow_null=True, help_text="The invoice that a credit note corrects."
    )
    tax_name = serializers.CharField()
    tax_rate = serializers.IntegerField(min_value=0, help_text="In basis points: 1900 are 19 %.")
    reason = serializers.CharField(allow_blank=True, help_text="Why, of a credit note.")
    created_at = serializers.DateTimeField(help_text="When it was issued.")
    paid = serializers.IntegerField(min_value=0, help_text=f"What was paid for it. {MONEY}")
    open = serializers.IntegerField(
        help_text="What is still to be paid, credit notes considered; below 0: to be paid back."
    )


@extend_schema_serializer(component_name="Invoice")
class InvoiceWholeOut(InvoiceOut):
    """The same with all that stands on it."""

    seller = PartyOut()
    buyer = PartyOut()
    note = serializers.CharField(allow_blank=True)
    lines = InvoiceLineOut(many=True)


class InvoicePage(serializers.Serializer[Any]):
    """One page of invoices, newest first."""

    results = InvoiceOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


def _text(length: int, help_text: str = "") -> serializers.CharField:
    return serializers.CharField(
        max_length=length, required=False, allow_blank=True, help_text=help_text
    )


@extend_schema_serializer(component_name="BillingDetailsChange")
class DetailsForm(Shape):
    """What is to be different."""

    name = _text(200, "Empty: the workspace's name.")
    address = _text(500, "At most 8 lines, apart by line breaks.")
    tax_id = _text(40)
    email = serializers.EmailField(
        max_length=254,
        required=False,
        allow_blank=True,
        help_text="Is sent every invoice, beside owners and billing.",
    )
    version = JsonInteger(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        help_text="The version that you have seen; or send its ETag in `If-Match`.",
    )


@extend_schema_serializer(component_name="BillingDetails")
class DetailsOut(serializers.Serializer[Any]):
    """What stands on invoices that come from now on."""

    name = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    tax_id = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(
        min_value=0, help_text="Grows with each change; 0: none yet."
    )


def invoice_body(invoice: Invoice) -> dict[str, Any]:
    """Return a document without its lines."""
    return {
        **invoice_facts(invoice),
        "tax_name": invoice.tax_name,
        "tax_rate": invoice.tax_rate,
        "reason": invoice.reason,
        "created_at": instant(invoice.created_at),
        **owed(invoice),
    }


def owed(invoice: Any) -> dict[str, int]:
    """Return what was paid for a document, read by ``queries.invoices_for``, and what is open."""
    if invoice.kind != Invoice.Kind.INVOICE:
        return {"paid": 0, "open": 0}
    return {"paid": invoice.paid, "open": invoice.open}


def whole_invoice_body(invoice: Invoice) -> dict[str, Any]:
    """Return a document with all that stands on it."""
    return {
        **invoice_body(invoice),
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "note": invoice.note,
        "lines": [_line_body(line) for line in invoice.lines.all()],
    }


def invoice_cells(invoice: Invoice) -> Iterable[object]:
    """Return a document as a row of ``CSV_HEAD``."""
    body = invoice_body(invoice)
    body["credits"] = invoice.credits.number if invoice.credits else ""
    body["buyer"] = invoice.buyer["name"]
    return ["" if body[name] is None else body[name] for name in CSV_HEAD]


def details_body(details: BillingDetails) -> dict[str, Any]:
    """Return billing details."""
    return {name: getattr(details, name) for name in (*BUYER, "version")}


def _line_body(line: InvoiceLine) -> dict[str, Any]:
    names = ("kind", "text", "quantity", "unit_price", "amount")
    return {name: getattr(line, name) for name in names} | {
        "starts_at": instant(line.starts_at) if line.starts_at else None,
        "ends_at": instant(line.ends_at) if line.ends_at else None,
    }
