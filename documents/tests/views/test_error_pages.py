"""Error pages lead on."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.tests.cast import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def test_each_names_the_request_and_a_way_on(owner: Person) -> None:
    answer = owner.client.get("/nowhere/", headers={"X-Request-ID": "request-number-1"})
    html = answer.content.decode()
    assert answer.status_code == 404
    assert "request-number-1" in html
    assert 'href="/"' in html


def test_who_has_no_workspace_can_leave(staff: Client) -> None:
    answer = staff.get(reverse("documents:dashboard"))
    html = answer.content.decode()
    assert answer.status_code == 403
    assert reverse("account_logout") in html
    assert reverse("admin:index") in html


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 503, 507])
def test_each_stands_without_any_context(status: int) -> None:
    """In an outage there is no request, no user and no database."""
    html = render_to_string(f"{status}.html")
    assert str(status) in html
    assert 'href="/"' in html
