"""The page of the audit log, and its file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import principal_required
from accounts.models import AuditAction
from accounts.queries import audit_entries_for, read_audit_entries
from accounts.services.audit_export import EXPORTED_MOST, export_audit_log

ENTRIES_SHOWN = 50


@never_cache
@principal_required("audit:read")
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """What happened in the tenant, newest first, or only ``?action=``."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    action = _known_action(request.GET.get("action", ""))
    entries = audit_entries_for(principal, action=action)
    page = Paginator(entries, ENTRIES_SHOWN).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": read_audit_entries(page.object_list),
        "action": action,
        "actions": AuditAction.choices,
        "exported_most": EXPORTED_MOST,
    }
    return render(request, "accounts/audit_log.html", context)


@principal_required("audit:read")
@require_POST
def audit_log_export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file; a POST, since it is an entry of the log itself."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    action = _known_action(request.POST.get("action", ""))
    text = export_audit_log(principal=principal, action=action)
    headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _known_action(text: str) -> str | None:
    return text if text in AuditAction.values else None
