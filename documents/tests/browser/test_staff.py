"""The staff's own pages in a real browser: nothing that axe finds, at both widths and schemes."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import Pulse
from accounts.tests.cast import Person
from accounts.tests.factories import make_tenant, make_user, make_webhook_endpoint
from billing.tests.factories import use
from documents.relay.storage import count_storage
from documents.tests.browser.test_pages import AXE, barriers
from documents.tests.browser.tour import furnish
from documents.tests.browser.visitor import Visitors

ADDRESSES = {"overview": "/admin/", "queues": "/admin/queues/", "mails": "/admin/mails/"}
PHOTOGRAPHS = os.environ.get("STAFF_PHOTOGRAPHS", "")


@pytest.fixture
def staff_member(ada: Person) -> Person:
    """Return somebody of staff, with something to see."""
    furnish(ada)
    other = make_tenant("Strange & Sons, conveyancers and notaries public")
    use(other, pages=74_512, documents=301)
    url = "https://hooks.notaries.example/countermark/inbox"
    make_webhook_endpoint(other, url=url, failures=12, failing_since=timezone.now())
    now = timezone.now()
    for name, ago in (("worker@web-1:41", 2), ("worker@web-2:17", 400), ("relay@web-1:7", 4)):
        seen = now - timedelta(seconds=ago)
        Pulse.objects.create(name=name, kind=name[:-7].split("@")[0], began_at=now, seen_at=seen)
    count_storage()
    boss = make_user(email="grace@countermark.example", is_staff=True, is_superuser=True)
    boss.user_permissions.set(Permission.objects.filter(codename="enter_tenant"))
    return Person(boss, other)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_keep_the_rules(
    visitors: Visitors, staff_member: Person, width: int, scheme: str
) -> None:
    support = {"support": f"/admin/support/{staff_member.tenant.pk}/"}
    for name, address in {**ADDRESSES, **support}.items():
        page = visitors.open(staff_member, width=width, color_scheme=scheme)
        page.goto(address)
        if PHOTOGRAPHS:
            path = Path(PHOTOGRAPHS) / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
        page.evaluate(AXE)
        assert barriers(page, name, {"resultTypes": ["violations"], "iframes": False}) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_banner_leads_out(
    visitors: Visitors, staff_member: Person, width: int, scheme: str
) -> None:
    page = visitors.open(staff_member, width=width, color_scheme=scheme)
    page.goto(f"/admin/support/{staff_member.tenant.pk}/")
    page.get_by_label("Reason").fill("Ticket 4711: the customer's jobs hang since noon")
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url("**/dashboard/")
    banner = page.get_by_role("complementary", name="Support session")
    assert "Strange & Sons" in banner.inner_text()
    page.evaluate(AXE)
    assert barriers(page, "inside", {"resultTypes": ["violations"]}) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if PHOTOGRAPHS:
        page.screenshot(path=Path(PHOTOGRAPHS) / f"inside-{width}-{scheme}.png", full_page=True)
    banner.get_by_role("button", name="End session").click()
    page.wait_for_url("**/admin/")
    page.goto("/jobs/")
    page.get_by_text("You do not belong to a workspace").wait_for()


@pytest.mark.browser
def test_mails_are_shown_in_their_frames(visitors: Visitors, staff_member: Person) -> None:
    page = visitors.open(staff_member)
    page.goto("/admin/mails/")
    frame = page.frame_locator('iframe[title="Invoice, as HTML"]')
    frame.get_by_role("heading", name="Invoice INV-2026-000042").wait_for()
    if PHOTOGRAPHS:
        page.screenshot(path=Path(PHOTOGRAPHS) / "mails-shown.png", full_page=True)
