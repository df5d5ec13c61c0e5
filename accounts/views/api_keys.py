"""The page of API keys: making, rotating and revoking them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import principal_required
from accounts.forms import APIKeyForm, RotationForm
from accounts.once import do_form_once
from accounts.queries import keys_shown
from accounts.services.idempotency import Outcome
from accounts.services.key_changes import revoke_api_key, rotate_api_key
from accounts.views.snippets import first_call

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
    if request.method != "POST":
        return _keys_page(request, APIKeyForm(principal=principal))
    principal.require("keys:write")
    form = APIKeyForm(request.POST, principal=principal)
    new_key = _text_once(request, form.save) if form.is_valid() else None
    return _keys_page(request, APIKeyForm(principal=principal) if new_key else form, new_key)


@never_cache
@principal_required("keys:write")
@require_POST
def api_key_rotate(request: HttpRequest, api_key_id: UUID) -> HttpResponse:
    """Make a key's successor, whose text is in this answer and nowhere else, as above."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    form = RotationForm(request.POST)
    hours = form.cleaned_data["overlap_hours"] if form.is_valid() else 24

    def rotate() -> str:
        _, text = rotate_api_key(
            principal=principal, api_key_id=api_key_id, overlap=timedelta(hours=hours)
        )
        return text

    return _keys_page(request, APIKeyForm(principal=principal), _text_once(request, rotate))


def _keys_page(request: HttpRequest, form: APIKeyForm, new_key: str | None = None) -> HttpResponse:
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    keys = list(keys_shown(principal)[:KEYS_SHOWN])
    context = {
        "keys": keys,
        "call": first_call(keys, named=request.GET.get("key", ""), made=new_key),
        "form": form if principal.may("keys:write") else None,
        "rotation": RotationForm(auto_id=False),
        "new_key": new_key,
    }
    return render(request, "accounts/api_keys.html", context)


def _text_once(request: HttpRequest, make: Callable[[], str | None]) -> str | None:
    """Return the new key's text; a second click shows the same one."""

    def work() -> Outcome | None:
        text = make()
        return {"key": text} if text else None

    outcome, _ = do_form_once(request, work)
    return outcome["key"] if outcome else None


@principal_required("keys:write")
@require_POST
def api_key_revoke(request: HttpRequest, api_key_id: UUID) -> HttpResponse:
    """Stop a key for good."""
    principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
    key = revoke_api_key(principal=principal, api_key_id=api_key_id)
    messages.success(request, f"{key.name} is revoked and no longer works.")
    return redirect("accounts:api_keys")
