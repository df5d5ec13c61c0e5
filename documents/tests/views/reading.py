"""Reading what a page shows."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    """Return the HTML of the page ``documents:<name>``."""
    answer = client.get(reverse(f"documents:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def control(html: str, name: str) -> str:
    """Return the first tag of the control called ``name``."""
    found = re.search(rf'<(?:input|select|textarea)[^>]*name="{name}"[^>]*>', html)
    assert found, f"no control {name}"
    return found[0]
