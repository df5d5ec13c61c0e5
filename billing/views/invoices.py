"""Invoices to read and keep, and what stands on those that come."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import principal_required
from billing.forms import DetailsForm
from billing.invoice_files import invoice_file
from billing.queries import invoice_for, invoices_for
from billing.services.billing_details import DetailsChanged, details_of
from billing.services.invoicing import sells
from config.errors import Invalid

PER_PAGE = 25


@principal_required("billing:read")
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """Show all invoices, newest first, and to whom the next are addressed."""
    return _page(request)


@principal_required("billing:read")
@require_safe
def download(request: HttpRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Send one as a file."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    return invoice_file(invoice_for(principal, invoice_id))


@principal_required("billing:write")
@require_POST
def details(request: HttpRequest) -> HttpResponse:
    """Say to whom the next are addressed; who is late sees so and loses nothing."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        form.save(principal)
    except Invalid as error:
        form.add_error("address", str(error.problems[0]["msg"]))
        return _page(request, form, status=422)
    except DetailsChanged:
        form = DetailsForm({**form.cleaned_data, "version": details_of(principal).version})
        form.add_error(
            None, "Somebody has changed the details meanwhile. Saving again writes over that."
        )
        return _page(request, form, status=412)
    messages.success(request, "The billing details are saved. They stand on the next invoice.")
    return redirect("billing:invoices")


def _page(request: HttpRequest, form: DetailsForm | None = None, status: int = 200) -> HttpResponse:
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    present = details_of(principal)
    context: dict[str, Any] = {
        "page": Paginator(invoices_for(principal), PER_PAGE).get_page(request.GET.get("page")),
        "details": present,
        "sells": sells(),
    }
    if principal.may("billing:write"):
        context["form"] = form or DetailsForm.of(present)
    return render(request, "billing/invoices.html", context, status=status)
