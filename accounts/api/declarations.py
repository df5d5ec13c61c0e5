"""Which operations have declared their scopes: walks the URLs, as the check does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver
from rest_framework.views import APIView

from accounts.api.permissions import HasScope, scopes_for
from accounts.principal import SCOPES

Patterns = Sequence[URLPattern | URLResolver]


def undeclared(patterns: Patterns) -> Iterator[tuple[type[APIView], str]]:
    """Yield view and method of each operation that declares no (known) scope."""
    for view, methods in _operations(patterns):
        yield from ((view, method) for method in methods if not _is_declared(view, method))


def _is_declared(view: type[APIView], method: str) -> bool:
    scopes = scopes_for(view, method)
    return scopes is not None and set(scopes) <= set(SCOPES)


def _operations(
    patterns: Patterns,
) -> Iterator[tuple[type[APIView], list[str]]]:
    """Yield every DRF view guarded by HasScope, with its methods.

    Who names other permission classes has decided; that is a declaration too.
    """
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _operations(pattern.url_patterns)
            continue
        view = getattr(pattern.callback, "cls", None)
        if not (isinstance(view, type) and issubclass(view, APIView)):
            continue
        if HasScope in view.permission_classes:
            yield view, _methods(view, getattr(pattern.callback, "actions", None))


def _methods(view: type[APIView], actions: dict[str, str] | None) -> list[str]:
    names = actions or [name for name in view.http_method_names if hasattr(view, name)]
    return sorted({name.upper() for name in names} - {"HEAD", "OPTIONS"})
