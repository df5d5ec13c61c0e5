"""What every page may show."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from config.request_id import current_request_id


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the product's name and the id of this request."""
    return {"site_name": "Countermark", "request_id": current_request_id()}
