"""Every mail that the product sends, as people get it, with example data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.admin.pages import StaffPage, add_staff_page, staff_context
from accounts.models import Notification, Tenant, User, WebhookEndpoint
from accounts.services import email_changes, invitations, leaving, registration
from accounts.services.notification_mails import mail_facts, subject_of_notification
from accounts.webhooks.tidying import DISABLED_SUBJECT

# A mail's own styles, and nothing else: no script, no request, no cookie.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
)
HOST = urlsplit(settings.PUBLIC_URL).netloc
TENANT = Tenant(name="Ada’s Print & Copy", slug="adas-print-copy")
PERSON = User(email="ada@example.com", name="Ada Lovelace")


@dataclass(frozen=True, slots=True)
class MailPreview:
    """One mail: when it is sent, its templates, and data as an example.

    ``subject``: from the data, where no template has it.
    """

    name: str
    title: str
    sent: str
    text: str
    example: Callable[[], Mapping[str, Any]]
    html: str = ""
    subject: Callable[[Mapping[str, Any]], str] | None = None

    @property
    def templates(self) -> list[str]:
        """All of its templates."""
        own = [] if self.subject else [self.text.replace("_message.txt", "_subject.txt")]
        return [*own, self.text, *([self.html] if self.html else [])]

    def drawn(self) -> dict[str, str]:
        """Return subject, text and HTML."""
        data = {"current_site": SimpleNamespace(name="Countermark", domain=HOST), **self.example()}
        subject = self.subject(data) if self.subject else render_to_string(self.templates[0], data)
        return {
            "subject": " ".join(subject.split()),
            "text": render_to_string(self.text, data).strip(),
            "html": render_to_string(self.html, data) if self.html else "",
        }


def of_account(name: str, title: str, sent: str, **example: Any) -> MailPreview:
    """Return a mail that is sent by way of allauth: three templates of one beginning."""
    text, html = f"{name}_message.txt", f"{name}_message.html"
    return MailPreview(name.rpartition("/")[2], title, sent, text, lambda: example, html)


def _link(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def _disabled() -> Mapping[str, Any]:
    endpoint = WebhookEndpoint(
        tenant=TENANT, url="https://hooks.example.com/countermark", disabled_reason="failing"
    )
    return {"endpoint": endpoint, "page": _link(f"/settings/webhooks/{endpoint.pk}/")}


def _told() -> Mapping[str, Any]:
    text = "Batch “Tender documents” has ended: 297 marked, 3 not"
    return mail_facts(Notification(tenant=TENANT, text=text, path="/batches/"))


PREVIEWS: list[MailPreview] = [
    of_account(
        registration.MAIL,
        "Confirm an address",
        "Somebody signs up by the API.",
        link=_link("/accounts/verify/example/"),
        hours=int(registration.LIFETIME.total_seconds() // 3600),
    ),
    of_account(
        registration.KNOWN_MAIL,
        "An account exists already",
        "Somebody signs up with an address that is known.",
        email=PERSON.email,
        password_reset_url=_link("/accounts/password/reset/"),
        signup_url=_link("/accounts/signup/"),
    ),
    of_account(
        "account/email/password_reset_key",
        "Reset a password",
        "Somebody has forgotten their password.",
        user=PERSON,
        password_reset_url=_link("/accounts/password/reset/key/example/"),
    ),
    of_account(
        "account/email/unknown_account",
        "Reset a password that there is not",
        "Somebody gives an address that no account has.",
        email=PERSON.email,
        signup_url=_link("/accounts/signup/"),
    ),
    of_account(
        email_changes.MAIL,
        "Confirm a new address",
        "Somebody wants another address for their account.",
        link=_link("/accounts/email/example/"),
        hours=int(email_changes.LIFETIME.total_seconds() // 3600),
    ),
    of_account(
        email_changes.DONE_MAIL,
        "An address was changed",
        "To the old address, once the new one is confirmed.",
        email="ada.king@example.com",
        old=PERSON.email,
    ),
    of_account(
        email_changes.KNOWN_MAIL,
        "An address is taken",
        "Somebody wants an address that another account has.",
        email=PERSON.email,
    ),
    of_account(
        leaving.MAIL,
        "An account is deleted",
        "Somebody has deleted their account.",
        email=PERSON.email,
    ),
    of_account(
        invitations.MAIL,
        "Invitation",
        "An owner or admin invites somebody.",
        workspace=TENANT.name,
        link=_link("/accounts/join/example/"),
        days=invitations.LIFETIME.days,
    ),
    MailPreview(
        "webhook_disabled",
        "A webhook endpoint was turned off",
        "An endpoint has failed for five days, or wants no more.",
        "emails/webhook_disabled.txt",
        _disabled,
        "emails/webhook_disabled.html",
        subject=lambda data: DISABLED_SUBJECT,
    ),
    MailPreview(
        "notification",
        "Notification",
        "A batch has ended, or somebody has joined, and the member has chosen mail.",
        "emails/notification.txt",
        _told,
        "emails/notification.html",
        subject=lambda data: subject_of_notification(data["notification"]),
    ),
]


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """List every mail."""
    context = staff_context(request, "Mails", mails=[(each, each.drawn()) for each in PREVIEWS])
    return render(request, "admin/mails.html", context)


@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML of one, by itself: it has the styles that mails need and pages may not."""
    found = next((each for each in PREVIEWS if each.name == name and each.html), None)
    if found is None:
        raise Http404
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(found.drawn()["html"], headers=headers)


def in_days(days: int) -> Any:
    """Return a moment for examples."""
    return timezone.now() + timedelta(days=days)


add_staff_page(StaffPage("mails/", mails, "mails", "accounts.view_tenant", "Mails"))
add_staff_page(StaffPage("mails/<slug:name>/", mail_html, "mail_html", "accounts.view_tenant"))
