"""Error pages lead on."""

from __future__ import annotations

import pytest

from accounts.tests.cast import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def test_each_names_the_request_and_a_way_on(owner: Person) -> None:
    answer = owner.client.get("/nowhere/", headers={"X-Request-ID": "request-number-1"})
    html = answer.content.decode()
    assert answer.status_code == 404
    assert "request-number-1" in html
    assert 'href="/"' in html
