"""Where the link leads that is mailed to who signs up over the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.services.registration import is_waiting, verify_email


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Make the account; only looking, as mail scanners do, makes nothing."""
    if request.method == "POST" and is_waiting(text=token):
        verify_email(text=token)
        messages.success(request, "Your account is made. Log in with your password.")
        return redirect("account_login")
    return render(request, "account/verify.html", {"is_waiting": is_waiting(text=token)})
