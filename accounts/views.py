"""Pages of this room: API keys, and which tenant to work in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import principal_required
from accounts.forms import APIKeyForm
from accounts.models import APIKey
from accounts.principal import TENANT_SESSION_KEY
from accounts.services.api_keys import revoke_api_key
from accounts.services.people import choose_tenant
from config.errors import Missing

KEYS_SHOWN = 200


@never_cache
@principal_required()
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the tenant's keys and make new ones.

    The new key's text is in the answer to the POST and nowhere else: a redirect would have to
    keep it somewhere in between.
    """
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = APIKeyForm(principal=principal)
    new_key = None
    if request.method == "POST":
        principal.require("keys:write")
        form = APIKeyForm(request.POST, principal=principal)
        if form.is_valid() and (new_key := form.save()):
            form = APIKeyForm(principal=principal)
    context = {
        "keys": APIKey.objects.visible_to(principal)[:KEYS_SHOWN],
        "form": form if principal.may("keys:write") else None,
        "new_key": new_key,
    }
    return render(request, "accounts/api_keys.html", context)


@principal_required("keys:write")
@require_POST
def api_key_revoke(request: HttpRequest, api_key_id: UUID) -> HttpResponse:
    """Stop a key for good."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    key = revoke_api_key(principal=principal, api_key_id=api_key_id)
    messages.success(request, f"{key.name} is revoked and no longer works.")
    return redirect("accounts:api_keys")


@require_POST
def tenant_switch(request: HttpRequest) -> HttpResponse:
    """Work in another tenant (POST ``tenant``: its id) from now on, in this browser."""
    try:
        tenant_id = UUID(request.POST.get("tenant", ""))
    except ValueError:
        raise Missing from None
    if not request.user.is_authenticated:
        raise Missing
    membership = choose_tenant(user=request.user, tenant_id=tenant_id)
    request.session[TENANT_SESSION_KEY] = str(membership.tenant_id)
    return redirect("documents:dashboard")
