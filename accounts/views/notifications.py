"""What one is told, and how one wants to be told."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import principal_required
from accounts.models import Notification
from accounts.services.notifications import choices_of, choose, mark_read
from config.errors import Missing

SHOWN = 25


@never_cache
@principal_required()
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """List one's own, newest first; looking marks nothing as read."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    own = Notification.objects.visible_to(principal)
    context = {
        "page": Paginator(own, SHOWN).get_page(request.GET.get("page")),
        "choices": choices_of(principal=principal),
    }
    return render(request, "accounts/notifications.html", context)


@principal_required()
@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    """Mark one (POST ``notification``: its id) as read, or all."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    wanted = request.POST.get("notification", "")
    mark_read(principal=principal, notification_id=_uuid(wanted) if wanted else None)
    return redirect("accounts:notifications")


@principal_required()
@require_POST
def notifications_choose(request: HttpRequest) -> HttpResponse:
    """Keep the choices (POST ``in_app`` and ``mail``: kinds)."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    choose(
        principal=principal,
        in_app=request.POST.getlist("in_app"),
        mail=request.POST.getlist("mail"),
    )
    messages.success(request, "Saved.")
    return redirect("accounts:notifications")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing from None
