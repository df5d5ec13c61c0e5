"""Documents and their bytes as staff see them: to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q

from accounts.admin.filters import StateFilter
from documents.admin.found_by_id import FoundById
from documents.models import Blob, Document


class DocumentState(StateFilter):
    """Whether the document is there, and its bytes."""

    states = {
        "kept": Q(deleted_at__isnull=True),
        "deleted": Q(deleted_at__isnull=False),
        "to be purged": Q(deleted_at__isnull=False, blob__isnull=False),
    }


@admin.register(Document)
class DocumentAdmin(FoundById):
    """Documents of all tenants, newest first."""

    list_display = ("title", "tenant", "size", "page_count", "created_at", "deleted_at")
    list_filter = (DocumentState, "created_at")
    list_select_related = ("tenant", "blob")
    search_fields = ("title", "file_name", "tenant__name", "tenant__slug")
    search_help_text = "Id, title, file name or tenant"

    @admin.display(description="bytes", ordering="blob__size_bytes")
    def size(self, document: Document) -> int | None:
        """The size of the original, while it is kept."""
        return document.blob.size_bytes if document.blob else None


@admin.register(Blob)
class BlobAdmin(FoundById):
    """Stored bytes, as rows; never their content."""

    list_display = ("id", "tenant", "size_bytes", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("tenant",)
    search_fields = ("sha256__exact", "tenant__slug")
    search_help_text = "Id, SHA-256 or the short name of a tenant"
