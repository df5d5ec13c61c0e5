"""Invoices as staff see them: read, never changed, and put right by credit notes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.admin.readonly import LookOnly
from billing.invoice_files import invoice_file
from billing.models import BillingDetails, Invoice, InvoiceLine, InvoiceMail, Term
from billing.money import digits, in_minor_units, in_units, percent, sign, written
from billing.services.crediting import Left, NothingToCredit, credit_invoice, left_of
from billing.sheets import day, party_lines


class CreditForm(forms.Form):
    """How much is taken back, and why."""

    net = forms.DecimalField()
    reason = forms.CharField(max_length=200)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, invoice: Invoice, left: Left, **kwargs: Any) -> None:
        self.currency = invoice.currency
        most = in_units(left.net, self.currency)
        super().__init__(*args, **{"initial": {"net": most, "seen": left.net}, **kwargs})
        self.fields["net"] = forms.DecimalField(
            label=f"Amount without tax, in {sign(self.currency).strip()}",
            min_value=Decimal(1).scaleb(-digits(self.currency)),
            max_value=most,
            decimal_places=digits(self.currency),
        )

    def amount(self) -> int:
        """Return the amount in minor units."""
        return in_minor_units(self.cleaned_data["net"], self.currency)


class LineInline(admin.TabularInline):
    """What stands on it."""

    model = InvoiceLine
    fields = ("position", "text", "quantity", "unit_price", "amount", "starts_at", "ends_at")
    readonly_fields = fields
    ordering = ("position",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added to what was issued."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor changed."""
        return False


@admin.register(Invoice)
class InvoiceAdmin(LookOnly):
    """What was issued. A wrong one is put right by a credit note, which says why."""

    list_display = ("number", "tenant", "total_written", "issued", "file", "act")
    fields = (
        *("number", "kind", "tenant", "issued", "due_on", "turn_at", "credits", "reason"),
        *("net_written", "tax_written", "total_written", "sold_by", "addressed_to", "note"),
        *("file", "act"),
    )
    list_filter = ("kind", "created_at", "currency")
    list_select_related = ("tenant", "credits")
    search_fields = ("tenant__name", "tenant__slug", "=sequence")
    search_help_text = "Tenant, or the number's last part"
    show_full_result_count = False
    inlines = (LineInline,)

    @admin.display(description="issued", ordering="created_at")
    def issued(self, invoice: Invoice) -> str:
        """Return its day."""
        return day(invoice.created_at)

    @admin.display(description="net")
    def net_written(self, invoice: Invoice) -> str:
        """Return the amount without tax as people read it."""
        return written(invoice.net, invoice.currency)

    @admin.display(description="tax")
    def tax_written(self, invoice: Invoice) -> str:
        """Return the tax and its rate."""
        amount = written(invoice.tax, invoice.currency)
        return f"{amount} ({invoice.tax_name} {percent(invoice.tax_rate)})"

    @admin.display(description="total", ordering="total")
    def total_written(self, invoice: Invoice) -> str:
        """Return what is to be paid, or is paid back."""
        return written(invoice.total, invoice.currency)

    @admin.display(description="seller")
    def sold_by(self, invoice: Invoice) -> str:
        """Return who has issued it."""
        return ", ".join(party_lines(invoice.seller))

    @admin.display(description="buyer")
    def addressed_to(self, invoice: Invoice) -> str:
        """Return to whom it is addressed."""
        return ", ".join(party_lines(invoice.buyer))

    @admin.display(description="file")
    def file(self, invoice: Invoice) -> str:
        """Return a link to the file."""
        return format_html('<a href="{}">PDF</a>', reverse("admin:billing_file", args=[invoice.pk]))

    @admin.display(description="credit")
    def act(self, invoice: Invoice) -> str:
        """Return a link to what takes it back."""
        if invoice.kind != Invoice.Kind.INVOICE:
            return ""
        address = reverse("admin:billing_credit", args=[invoice.pk])
        return format_html('<a href="{}">Issue credit note</a>', address)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        """Return them with what a row names."""
        return super().get_queryset(request).select_related("tenant", "credits")

    def get_urls(self) -> list[Any]:
        """Return the pages, with a file's and a credit note's."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:invoice_id>/file/", view(self.send_file), name="billing_file"),
            path("<uuid:invoice_id>/credit/", view(self.credit), name="billing_credit"),
            *super().get_urls(),
        ]

    def send_file(self, request: HttpRequest, invoice_id: Any) -> HttpResponse:
        """Send a document as a file."""
        invoice = self._invoice(request, invoice_id)
        if invoice is None or not self.has_view_permission(request, invoice):
            return redirect("admin:billing_invoice_changelist")
        return invoice_file(invoice)

    def credit(self, request: HttpRequest, invoice_id: Any) -> HttpResponse:
        """Ask how much and why, and issue the credit note."""
        actor: Any = request.user
        invoice = self._invoice(request, invoice_id)
        # Only in the list may rows be acted on: they are never changed.
        if invoice is None or not self.has_change_permission(request):
            return redirect("admin:billing_invoice_changelist")
        left = left_of(invoice)
        form = CreditForm(request.POST or None, invoice=invoice, left=left)
        if request.method == "POST" and form.is_valid():
            try:
                note = credit_invoice(
                    actor=actor,
                    invoice=invoice,
                    reason=form.cleaned_data["reason"],
                    net=form.amount(),
                    seen=form.cleaned_data["seen"],
                )
            except NothingToCredit as error:
                form.add_error("net", error.detail)
            else:
                self.message_user(request, f"{note} was issued.", messages.SUCCESS)
                return redirect("admin:billing_invoice_changelist")
        return TemplateResponse(
            request, "admin/billing/invoice/credit.html", self._told(request, invoice, left, form)
        )

    def _told(
        self, request: HttpRequest, invoice: Invoice, left: Left, form: CreditForm
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": f"Issue a credit note for {invoice.number}",
            "opts": self.model._meta,
            "invoice": invoice,
            "left": written(left.net, invoice.currency),
            "is_left": left.net > 0,
            "form": form,
        }

    def _invoice(self, request: HttpRequest, invoice_id: Any) -> Invoice | None:
        return self.get_queryset(request).filter(pk=invoice_id).first()


@admin.register(InvoiceMail)
class InvoiceMailAdmin(LookOnly):
    """What was mailed, and what was not yet."""

    list_display = ("invoice", "tenant", "mail_after", "mailed_at")
    list_select_related = ("invoice", "tenant")


@admin.register(Term)
class TermAdmin(LookOnly):
    """Terms that cost something, and whether they were billed."""

    list_display = ("tenant", "plan", "interval", "price", "starts_at", "ends_at", "cut_at")
    list_filter = ("is_billed", "plan")
    list_select_related = ("tenant", "plan")
    search_fields = ("tenant__name", "tenant__slug")


@admin.register(BillingDetails)
class BillingDetailsAdmin(LookOnly):
    """What tenants want to stand on their invoices."""

    list_display = ("tenant", "name", "tax_id", "email", "updated_at")
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug", "name")
