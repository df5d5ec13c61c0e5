"""The staff's list of mails: all that there are, drawn as they are sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.admin.mails import PREVIEWS
from accounts.tests.cast import Person

pytestmark = pytest.mark.django_db
FOLDERS = ("emails", "accounts/email", "account/email")


def test_no_mail_is_missing() -> None:
    root = Path(settings.BASE_DIR) / "templates"
    there = {
        str(path.relative_to(root)) for folder in FOLDERS for path in (root / folder).glob("*.*")
    }
    shown = {name for each in PREVIEWS for name in each.templates}
    assert there - shown == set()
    assert len({each.name for each in PREVIEWS}) == len(PREVIEWS)


def test_staff_read_every_mail(staff: Client, owner: Person) -> None:
    html = staff.get("/admin/mails/").content.decode()
    for each in PREVIEWS:
        drawn = each.drawn()
        assert drawn["subject"] and drawn["text"] and "{" not in drawn["subject"] + drawn["text"]
        assert each.title in html
    assert "80 % of this month" in html and "INV-2026-000042" in html
    assert owner.client.get("/admin/mails/", follow=True).status_code == 403


@pytest.mark.parametrize(
    "mail", [each for each in PREVIEWS if each.html], ids=lambda each: each.name
)
def test_html_is_shown_where_nothing_can_run(staff: Client, mail) -> None:
    answer = staff.get(f"/admin/mails/{mail.name}/")
    assert answer.status_code == 200 and b"<html" in answer.content
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_another_mail_is_not_there(staff: Client) -> None:
    assert staff.get("/admin/mails/nothing/").status_code == 404
