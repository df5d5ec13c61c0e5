"""Every page, opened by staff in a support session: no files, no secrets, no other tenant's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from accounts.tests.factories import make_tenant, make_user, signed_in
from documents.tests.isolation.addresses import every_page
from documents.tests.isolation.matrix import OBJECTS, OPEN_PAGES, STAFF_PAGES, furnish
from documents.tests.isolation.traces import Secrets

PAGES = [each for each in every_page() if each.name not in OPEN_PAGES | STAFF_PAGES]
SHOWN = ("text/html", "application/json")


@pytest.mark.django_db
def test_no_page_hands_a_file_or_a_secret_to_support() -> None:
    tenant, other = make_tenant("Victim Industries"), make_tenant("Helped and Company")
    furnish(tenant)
    furnish(other)
    staff = make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_tenant"))
    client = signed_in(staff)
    given = {"reason": "Ticket 4711", "minutes": "60", "may_change": "on"}
    assert client.post(f"/admin/support/{other.pk}/", given).status_code == 302
    # Short ones may be the beginning of another name.
    secrets = {each for each in Secrets(tenant, other).texts if len(each) > 20}
    shown = 0
    for page in PAGES:
        ids = {key: str(OBJECTS[key](other)) for key in page.keys}
        address = page.address(ids)
        if "logout" in address:
            continue
        answer = client.get(address)
        where = f"{page.name}: {answer.status_code}"
        assert answer.status_code in (200, 302, 403, 404, 405, 410), where
        assert "Content-Disposition" not in answer, where
        if answer.status_code == 200:
            shown += 1
            assert answer["Content-Type"].startswith(SHOWN), where
            text = answer.content.decode()
            assert sorted(each for each in secrets if each in text) == [], where
    assert shown > 10
