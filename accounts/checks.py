"""System checks of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import get_resolver


@register(Tags.security)
def operations_declare_scopes(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """E010: an operation without declared scopes would refuse everybody, or worse be open."""
    # Not at the top: workers and commands that skip the checks need no part of DRF.
    from accounts.api.declarations import undeclared

    return [
        Error(
            f"{view.__module__}.{view.__qualname__}: {method} declares no known scope.",
            hint='required_scopes = {"GET": "documents:read"}; () lets every principal in.',
            id="countermark.E010",
        )
        for view, method in undeclared(get_resolver().url_patterns)
    ]
