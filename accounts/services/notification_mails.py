"""Mailing notifications to who wants them by mail, where they have no mail of their own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import Notification
from accounts.services.mail_queue import mail_next

TEMPLATE = "emails/notification"


def mail_notifications() -> int:
    """Mail one (the relay's); return 0 where none waits."""
    waiting = Notification.objects.select_related("tenant", "membership__user")
    return mail_next(waiting=waiting, compose=_message, kind="notification")


def subject_of_notification(notification: Notification) -> str:
    """Return what the mail says above all."""
    return f"{notification.text} · {' '.join(notification.tenant.name.split())}"


def mail_facts(notification: Notification) -> dict[str, Any]:
    """Return what the templates draw."""
    return {
        "notification": notification,
        "tenant": notification.tenant,
        "link": f"{settings.PUBLIC_URL}{notification.path}",
        "choices": f"{settings.PUBLIC_URL}/settings/notifications/",
    }


def _message(notification: Notification) -> EmailMultiAlternatives:
    user, facts = notification.membership.user, mail_facts(notification)
    message = EmailMultiAlternatives(
        subject=subject_of_notification(notification),
        body=render_to_string(f"{TEMPLATE}.txt", facts),
        to=[user.email] if user.is_active else [],
    )
    message.attach_alternative(render_to_string(f"{TEMPLATE}.html", facts), "text/html")
    return message
