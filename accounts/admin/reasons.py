"""Acts that need a reason: the page between choosing rows and acting on them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.admin.pages import staff_context
from accounts.services.tenants import REASON_LENGTH

# A page of a list; more are chosen by mistake.
ROWS_MOST = 100


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))


def reason_for(
    request: HttpRequest, rows: QuerySet[Any], *, action: str, title: str, note: str
) -> str | HttpResponse:
    """Return the reason that was given for ``action``, or the page that asks for it."""
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        return str(form.cleaned_data["reason"])
    context = staff_context(
        request,
        title,
        form=form,
        rows=rows[:ROWS_MOST],
        action=action,
        note=note,
        checkbox=ACTION_CHECKBOX_NAME,
        opts=rows.model._meta,
    )
    return render(request, "admin/reason.html", context)
