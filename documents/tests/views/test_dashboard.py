"""What the first page after logging in shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from billing.tests.factories import use
from documents.tests.factories import make_document, make_job
from documents.tests.views.reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def test_a_new_workspace_is_led_to_its_first_copy(owner: Person) -> None:
    assert f'btn-primary" href="{reverse("documents:upload")}"' in page(owner.client, "dashboard")
    document = make_document(owner.tenant)
    html = page(owner.client, "dashboard")
    mark = reverse("documents:watermark", args=[document.id])
    assert f'btn-primary" href="{mark}"' in html
    make_job(document, state="succeeded")
    assert "first marked copy" not in page(owner.client, "dashboard")


def test_it_shows_this_month(owner: Person) -> None:
    make_document(owner.tenant)
    use(owner.tenant, documents=3, pages=4127)
    html = page(owner.client, "dashboard")
    assert "4,127</dd>" in html
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_pages=50_000)
    html = page(owner.client, "dashboard")
    assert "4,127 <small>of 50,000</small></dd>" in html
    assert "3</dd>" in html


def test_more_rows_cost_no_more_queries(owner: Person, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        make_job(make_document(owner.tenant, title=f"Report {number}"), state="running")
    client = owner.client
    # Session and memberships: 2. Documents, running, jobs, usage, limits: 5. Unread: 1. Spare: 1.
    with django_assert_max_num_queries(9):
        page(client, "dashboard")
