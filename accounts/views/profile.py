"""One's own page: name, time zone, e-mail address, and the way to all else of oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.profile_forms import EmailForm, LeavingForm, ProfileForm
from accounts.queries import places_of
from accounts.services.email_changes import OthersLink, confirm_email_change, read_email_change
from accounts.services.leaving import sole_owner_of
from accounts.services.link_tokens import InvalidLink
from accounts.services.profile import own_data
from config.errors import Missing


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show who one is; a POST saves name and time zone."""
    person = _person(request)
    initial = {"name": person.name, "time_zone": person.time_zone}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        form.save(person)
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    return _draw(request, person, form=form)


@never_cache
@login_required
@require_POST
def profile_email(request: HttpRequest) -> HttpResponse:
    """Mail a link to another address (POST ``email``, ``password``)."""
    person = _person(request)
    form = EmailForm(request.POST)
    if form.is_valid() and form.save(person):
        messages.success(request, f"{form.cleaned_data['email']} has mail. Follow its link.")
        return redirect("accounts:profile")
    return _draw(request, person, email_form=form)


@never_cache
@login_required
@require_POST
def profile_delete(request: HttpRequest) -> HttpResponse:
    """Delete one's account (POST ``email``, ``password``)."""
    person = _person(request)
    form = LeavingForm(request.POST)
    if form.is_valid() and form.save(person):
        logout(request)
        messages.success(request, "Your account is deleted.")
        return redirect("account_login")
    return _draw(request, person, leaving_form=form)


@never_cache
@login_required
@require_POST
def profile_export(request: HttpRequest) -> HttpResponse:
    """Send what is kept of oneself as a file."""
    data = own_data(user=_person(request))
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    indented = {"indent": 2, "ensure_ascii": False}
    return JsonResponse(data, headers=headers, json_dumps_params=indented)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Follow the link; only looking, as mail scanners do, changes nothing."""
    person = _person(request)
    context: dict[str, Any] = {"person": person, "status": 200}
    try:
        context["email"] = read_email_change(user=person, text=token)
        if request.method == "POST":
            confirm_email_change(user=person, text=token)
            messages.success(request, f"Your address is {context['email']} now.")
            return redirect("accounts:profile")
    except InvalidLink:
        context["email"] = ""
    except OthersLink as error:
        context |= {"is_others": True, "status": error.status}
    return render(request, "account/email_confirm.html", context, status=context["status"])


def _draw(request: HttpRequest, person: User, **forms: Any) -> HttpResponse:
    initial = {"name": person.name, "time_zone": person.time_zone}
    context = {
        "form": ProfileForm(initial=initial),
        "email_form": EmailForm(),
        "leaving_form": LeavingForm(),
        "sole": sole_owner_of(person),
        "places": places_of(person),
        **forms,
    }
    return render(request, "accounts/profile.html", context)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Missing
    return request.user
