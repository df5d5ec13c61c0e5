"""Headers of requests and answers, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter


def asked(name: str, description: str, example: str, *, required: bool = False) -> OpenApiParameter:
    """Return a header that a client may or must send."""
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=required,
        description=description,
        examples=[OpenApiExample(name, example)],
    )


def told(name: str, description: str, on: list[int] | bool, **more: Any) -> OpenApiParameter:
    """Return a header that answers of these statuses carry; True: all of them."""
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=on,
        description=description,
        **more,
    )
