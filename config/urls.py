"""Every address of the site."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from config import health, scraping
from config.api import documentation, guide_pages, problems
from documents.api.failure_codes import failure_codes
from documents.views.landing import home

api: list[URLPattern | URLResolver] = [
    path("health/", health.HealthView.as_view(), name="health"),
    path("", include("accounts.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("documents.api.urls")),
]

urlpatterns = [
    path("", home, name="home"),
    path("", include("documents.urls")),
    path("", include("billing.urls")),
    path("", include("accounts.urls")),
    # The admin's "view on site": no row has an address there, and Django's view crashes on keys
    # of another type.
    re_path("^admin/r/", problems.unknown_path),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api, "api"))),
    # Also where DEBUG would show its own page.
    re_path("^api/", problems.unknown_path),
    re_path("^health/?$", health.alive, name="alive"),
    re_path("^ready/?$", health.ready, name="ready"),
    re_path("^metrics/?$", scraping.metrics, name="metrics"),
    path("openapi.json", documentation.openapi, name="openapi"),
    re_path("^docs/?$", documentation.swagger, name="docs"),
    re_path(
        "^docs/errors/?$",
        documentation.errors,
        {"failures": failure_codes()},
        name="docs-errors",
    ),
    path("docs/guides/", guide_pages.guides, name="guides"),
    path("docs/guides/<slug:slug>/", guide_pages.guide, name="guide"),
    re_path("^redoc/?$", documentation.redoc, name="redoc"),
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler429 = problems.too_many_requests
handler500 = problems.server_error
