"""``/docs/guides/``: the guides of ``docs/``, to be read where they are needed."""

from __future__ import annotations

from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.api.guide_text import GuideText, read_guide
from config.api.guides import GUIDES, guide_path


@cache
def guide_texts() -> dict[str, GuideText]:
    """Return every guide by its slug, in the order of reading; made once a process."""
    return {slug: read_guide(guide_path(slug).read_text("utf-8"), guides=GUIDES) for slug in GUIDES}


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """``/docs/guides/``: which there are."""
    return render(request, "api/guides.html", {"guides": guide_texts()})


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """``/docs/guides/<slug>/``: one, with this server's address in its examples."""
    texts = guide_texts()
    if slug not in texts:
        raise Http404
    at = GUIDES.index(slug)
    origin = request.build_absolute_uri("/").rstrip("/")
    context = {
        "guides": texts,
        "slug": slug,
        "guide": texts[slug],
        "html": texts[slug].on(origin),
        "before": [(each, texts[each]) for each in GUIDES[max(at - 1, 0) : at]],
        "after": [(each, texts[each]) for each in GUIDES[at + 1 : at + 2]],
    }
    return render(request, "api/guide.html", context)
