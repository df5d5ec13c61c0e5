"""The admin's name, and its door."""

from __future__ import annotations

import allauth.account.admin  # noqa: F401 - registers first what is unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin


def name_the_site() -> None:
    """Name the admin, and let staff sign in where everybody does.

    The admin's own form knows no limit on failed attempts.
    """
    admin.site.site_header = "Countermark staff"
    admin.site.site_title = "Countermark staff"
    admin.site.index_title = "Overview"
    # With allauth's own rows somebody could be given another's address for logging in.
    admin.site.unregister(EmailAddress)
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # documented by allauth
