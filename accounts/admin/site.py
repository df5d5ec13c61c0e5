"""The admin's name, and its door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import allauth.account.admin  # noqa: F401 - registers first what is unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.admin.pages import with_staff_pages
from config.database.reach import enter_all_tenants

View = Callable[..., HttpResponseBase]


def name_the_site() -> None:
    """Name the admin, and let staff sign in where everybody does.

    The admin's own form knows no limit on failed attempts.
    """
    admin.site.site_header = "Countermark staff"
    admin.site.site_title = "Countermark staff"
    admin.site.index_title = "Overview"
    # With allauth's own rows somebody could be given another's address for logging in.
    admin.site.unregister(EmailAddress)
    admin.site.admin_view = _all_tenants_for_staff(admin.site.admin_view)  # type: ignore[method-assign, assignment] # documented by Django
    admin.site.get_urls = with_staff_pages(admin.site.get_urls)  # type: ignore[method-assign] # documented by Django
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # documented by allauth


def _all_tenants_for_staff(admin_view: Callable[..., View]) -> Callable[..., View]:
    """Return ``AdminSite.admin_view`` with views that reach all tenants, behind its own door."""

    def guarding(view: View, cacheable: bool = False) -> View:
        @wraps(view)
        def reaching(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # Until the request ends: the answer is drawn after the view.
            enter_all_tenants()
            return view(request, *args, **kwargs)

        return admin_view(reaching, cacheable)

    return guarding
