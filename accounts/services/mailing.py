"""Mails that somebody asks for to somebody else's address: few, and from our own words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter

from accounts.services.attempts import Allowance, seconds_until_reset, take_attempt
from accounts.services.logging_in import TooManyAttempts
from config.errors import Unavailable

MAILS_TO = Allowance("mail-to", 5, timedelta(hours=1))
MAILS_FROM = Allowance("mail-from", 20, timedelta(minutes=1))
SIGN_UPS_FROM = Allowance("sign-up-from", 20, timedelta(minutes=1))


# A dot with letters around it is what programs make a link of; this one looks the same.
_LINKING_DOT = re.compile(r"(?<=\w)[.\uff0e\u3002](?=\w)")
NO_LINK = "\u2024"


class MailUnavailable(Unavailable):
    """The mail server does not take the mail: nothing was done."""

    code = "mail_unavailable"
    message = "The mail could not be sent, so nothing was done. Please try again."


def take(allowance: Allowance, subject: str) -> None:
    """Count one; raises TooManyAttempts. Without the database nothing is allowed."""
    if not take_attempt(allowance=allowance, subject=subject):
        seconds = seconds_until_reset(allowance=allowance, subject=subject)
        raise TooManyAttempts(
            "This was asked for too often. Please wait.", retry_after_seconds=seconds
        )


def harmless_name(name: str) -> str:
    """Return a name that a stranger chose so that a mail of ours carries no message of theirs.

    One line, of which no program makes a link.
    """
    return _LINKING_DOT.sub(NO_LINK, " ".join(name.replace("://", " ").split()))


def send(template: str, email: str, context: dict[str, Any]) -> None:
    """Send ``<template>_subject.txt`` and ``<template>_message.txt``. Raises MailUnavailable."""
    get_adapter().send_mail(template, email, context)
