"""What allauth does our way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Membership, User
from accounts.services.signup import EmailTaken, sign_up
from config.api.problems import problem_response


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-up through our service; links and redirects that nobody else can steer."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Return a new person who owns a new tenant."""
        given = form.cleaned_data
        try:
            membership = sign_up(
                email=given["email"],
                password=given["password1"],
                name=given["name"],
                workspace=given["workspace"],
            )
        except EmailTaken as error:  # between the form's check and now
            raise ImmediateHttpResponse(problem_response(request, error)) from None
        return membership.user

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send staff who belong to no tenant to the admin, everybody else to their work."""
        user = request.user
        if user.is_staff and not Membership.objects.filter(user=user.pk).exists():
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link on our public address, whatever Host the request claimed."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.PUBLIC_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the product, not the host."""
        site = SimpleNamespace(name="Countermark", domain=urlsplit(settings.PUBLIC_URL).netloc)
        super().send_mail(template_prefix, email, {**context, "current_site": site})
