"""Staff pages that are no model's: each room adds its own behind the admin's door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A page below ``/admin/``; ``title`` of those that the overview leads to.

    ``permission``: empty for all of staff.
    """

    route: str
    view: View
    name: str
    permission: str
    title: str = ""


STAFF_PAGES: list[StaffPage] = []


def add_staff_page(page: StaffPage) -> None:
    """Serve ``page`` to staff who have its permission."""
    STAFF_PAGES.append(page)


def with_staff_pages(get_urls: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
    """Return ``AdminSite.get_urls`` with the rooms' pages in front of the models'."""

    def urls() -> list[Any]:
        return [*map(_pattern, STAFF_PAGES), *get_urls()]

    return urls


def pages_for(user: Any) -> list[StaffPage]:
    """Return the pages with a title that ``user`` may open."""
    return [each for each in STAFF_PAGES if each.title and user.has_perm(each.permission)]


def staff_context(request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
    """Return what the admin's templates need, and what a page adds.

    The list of models, for the bar at the side, is made when it is drawn.
    """
    shared = admin.site.each_context(request)
    pages = SimpleLazyObject(lambda: pages_for(request.user))
    return {**shared, "title": title, "staff_pages": pages, **more}


def _pattern(page: StaffPage) -> URLPattern:
    @wraps(page.view)
    def permitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if page.permission and not request.user.has_perm(page.permission):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return path(page.route, admin.site.admin_view(permitted), name=page.name)
