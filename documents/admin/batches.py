"""Batches as staff see them: to look at and to cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from config.errors import DomainError
from documents.admin.found_by_id import FoundById
from documents.models import Batch
from documents.services.batches import cancel_batch


@admin.register(Batch)
class BatchAdmin(FoundById):
    """Batches of all tenants, newest first."""

    list_display = ("id", "title", "tenant", "state", "total", *Batch.COUNTED, "created_at")
    list_filter = ("state", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("title", "tenant__slug")
    search_help_text = "Id, title, or the short name of a tenant"
    actions = ("cancel",)

    @admin.action(description="Cancel selected batches", permissions=["change"])
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        """Cancel what waits of each, and ask what runs to stop."""
        staff: Any = request.user
        done = 0
        for batch in batches:
            try:
                cancel_batch(principal=staff, batch_id=batch.pk)
            except DomainError as error:
                self.message_user(request, f"Batch {batch.pk}: {error.detail}", messages.WARNING)
                continue
            self.log_change(request, batch, "Cancelled by staff.")
            done += 1
        told = f"{done} batch{pluralize(done, 'es')} cancelled or asked to stop."
        self.message_user(request, told, messages.SUCCESS)
