"""A request under way while its own person's account goes: turned away, and no fault of ours."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Membership, User
from accounts.tests.cast import Person
from accounts.tests.factories import make_tokens
from config.database.reach import all_tenants
from documents.models import Preset

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
PATIENCE_SECONDS = 30


def wait_for_who_waits() -> None:
    """Return once another transaction waits for a lock."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "body", "media_type", "status"),
    [
        (
            "/api/v1/presets/",
            '{"name": "Late", "config": {"watermark_text": "Late"}}',
            "application/json",
            401,
        ),
        (
            "/settings/profile/",
            "name=Ada&time_zone=UTC",
            "application/x-www-form-urlencoded",
            404,
        ),
    ],
)
def test_it_is_turned_away(
    member: Person, path: str, body: str, media_type: str, status: int
) -> None:
    if path.startswith("/api/"):
        _, tokens = make_tokens(member.user)
        client = Client(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token}")
    else:
        client = member.client
    client.raise_request_exception = False
    answers = []

    def go() -> None:
        try:
            answers.append(client.post(path, body, content_type=media_type))
        finally:
            connection.close()

    thread = Thread(target=go)
    with all_tenants():
        with transaction.atomic():
            # As services/leaving.py does it.
            person = User.objects.select_for_update().get(pk=member.user.pk)
            thread.start()
            wait_for_who_waits()
            Membership.objects.filter(user=person).delete()
            person.delete()
        thread.join()
        assert [answer.status_code for answer in answers] == [status], answers[0].content
        assert not User.objects.filter(pk=member.user.pk).exists()
        assert not Preset.objects.exists()
