"""What reaches a receiver, and what its answers lead to."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from threading import Event

import pytest
from django.conf import settings as live
from django.db.models.functions import Now
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import (
    AuditEntry,
    OutboxEvent,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services.webhook_deliveries import replay_delivery, replay_range
from accounts.services.webhook_endpoints import (
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
    send_test,
    update_endpoint,
)
from accounts.tests.cast import Person
from accounts.tests.factories import make_delivery, make_event, make_webhook_endpoint
from accounts.tests.outgoing.receivers import (
    Behaviour,
    Receiver,
    answer,
    flood,
    hang,
    receiving,
    reset,
    status,
)
from accounts.webhooks import claiming
from accounts.webhooks.sending import Sender
from accounts.webhooks.tidying import end_unwanted, forget_deliveries, tell_owners

pytestmark = pytest.mark.django_db


def send() -> int:
    return Sender(Event()).run_once()


def parsed(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}, body


def verified(receiver: Receiver, secret: str, number: int = -1) -> dict[str, object]:
    """Return the message of a request, as the reference package has verified it."""
    headers, body = parsed(receiver.requests[number])
    message = Webhook(secret).verify(body, headers)
    assert message["id"] == headers["webhook-id"]
    return dict(message)


def test_an_event_arrives_signed(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, secret = make_webhook_endpoint(owner.tenant, url=receiver.url())
        event = make_event(owner.tenant, request_id="r-1", payload={"id": "x", "title": "Ünï – 書"})
        assert send() == 1
    message = verified(receiver, secret)
    assert message == {
        "id": str(event.public_id),
        "type": "job.succeeded",
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.payload,
    }
    headers, _ = parsed(receiver.requests[0])
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == "r-1"
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempt_count, delivery.last_status) == ("delivered", 1, 200)
    attempt = delivery.attempts.get()
    assert (attempt.status, attempt.answer, attempt.url) == (200, "ok", receiver.url())
    assert attempt.request_headers["webhook-id"] == str(event.public_id)
    assert send() == 0
    with pytest.raises(WebhookVerificationError):
        verified(receiver, "whsec_" + "A" * 43 + "=")


def test_both_secrets_sign_while_one_replaces_the_other(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, old = make_webhook_endpoint(owner.tenant, url=receiver.url())
        _, new = rotate_secret(principal=owner.principal, endpoint_id=endpoint.pk)
        make_event(owner.tenant)
        send()
        assert verified(receiver, new) == verified(receiver, old)
        past = Now() - timedelta(seconds=1)
        WebhookEndpoint.objects.update(old_secret_until=past)
        make_event(owner.tenant)
        send()
        verified(receiver, new)
        with pytest.raises(WebhookVerificationError):
            verified(receiver, old)
        _, newest = rotate_secret(
            principal=owner.principal, endpoint_id=endpoint.pk, overlap_hours=0
        )
        make_event(owner.tenant)
        send()
        verified(receiver, newest)
        with pytest.raises(WebhookVerificationError):
            verified(receiver, new)


def test_the_tenants_own_header_is_sent_and_not_shown(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, secret = make_webhook_endpoint(
            owner.tenant, url=receiver.url(), header=("Authorization", "Bearer s3cret")
        )
        make_event(owner.tenant)
        send()
    assert parsed(receiver.requests[0])[0]["authorization"] == "Bearer s3cret"
    kept = json.dumps(list(WebhookAttempt.objects.values("request_headers", "answer")))
    assert "s3cret" not in kept and "Authorization" in kept
    row = str(WebhookEndpoint.objects.values().get())
    assert "s3cret" not in row and secret not in row and secret.removeprefix("whsec_") not in row


def failing(behaviour: Behaviour, owner: Person) -> WebhookDelivery:
    with receiving(behaviour) as receiver:
        make_webhook_endpoint(owner.tenant, url=receiver.url())
        make_event(owner.tenant)
        assert send() == 1
    return WebhookDelivery.objects.get()


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (status(301, "Location: http://127.0.0.1:1/"), "redirect"),
        (status(304), "redirect"),
        (status(400), "refused"),
        (status(500), "refused"),
        (hang, "timed_out"),
        (reset, "connection_lost"),
        (answer(b"nonsense\r\n\r\n"), "bad_answer"),
    ],
)
def test_all_but_2xx_is_a_failure_and_tried_again(
    behaviour: Behaviour, error: str, owner: Person
) -> None:
    delivery = failing(behaviour, owner)
    assert (delivery.state, delivery.attempt_count, delivery.last_error) == ("pending", 1, error)
    wait = (delivery.due_at - timezone.now()).total_seconds()
    assert 0 < wait <= 5.5
    assert delivery.lease_token is None


def test_50_mb_are_a_success_of_which_4_000_characters_are_kept(owner: Person) -> None:
    delivery = failing(flood, owner)
    attempt = delivery.attempts.get()
    assert (delivery.state, len(attempt.answer)) == ("delivered", 4000)
    assert attempt.answer_is_cut


def test_what_the_log_cannot_keep_is_replaced(owner: Person) -> None:
    body = b"a\x00b\xff\xfe"
    delivery = failing(answer(b"HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\n" + body), owner)
    assert delivery.attempts.get().answer == "a\ufffdb\ufffd\ufffd"


def test_the_whole_schedule_under_one_id(owner: Person, settings: object) -> None:
    waits = []
    with receiving(status(503)) as receiver:
        _, secret = make_webhook_endpoint(owner.tenant, url=receiver.url())
        make_event(owner.tenant)
        while send():
            delivery = WebhookDelivery.objects.get()
            waits.append((delivery.due_at - timezone.now()).total_seconds())
            WebhookDelivery.objects.update(due_at=Now())
            WebhookEndpoint.objects.update(paused_until=None)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempt_count) == ("exhausted", 10)
    assert delivery.finished_at and delivery.last_status == 503
    for wait, planned in zip(waits[:-1], live.WEBHOOK_SCHEDULE[1:], strict=True):
        assert planned * 0.9 - 5 <= wait <= planned * 1.1
    ids = {verified(receiver, secret, number)["id"] for number in range(10)}
    assert len(receiver.requests) == 10 and len(ids) == 1
    assert [each.number for each in delivery.attempts.all()] == list(range(1, 11))


@pytest.mark.parametrize("in_words", [False, True])
def test_retry_after_makes_the_wait_longer(in_words: bool, owner: Person) -> None:
    later = timezone.now() + timedelta(hours=1)
    text = format_datetime(later, usegmt=True) if in_words else "3600"
    delivery = failing(status(503, f"Retry-After: {text}"), owner)
    assert abs((delivery.due_at - later).total_seconds()) < 30


@pytest.mark.parametrize("text", ["99999999", "0", "-5", "soon", "", "1e9"])
def test_retry_after_is_not_believed_without_end(text: str, owner: Person) -> None:
    delivery = failing(status(429, f"Retry-After: {text}"), owner)
    wait = (delivery.due_at - timezone.now()).total_seconds()
    assert wait <= (86_400 if text == "99999999" else 6)


def test_410_turns_the_endpoint_off(owner: Person, mailoutbox: list[object]) -> None:
    with receiving(status(410)) as receiver:
        endpoint, _ = make_webhook_endpoint(owner.tenant, url=receiver.url())
        waiting = make_delivery(endpoint, due_at=Now() + timedelta(hours=1))
        other, _ = make_webhook_endpoint(owner.tenant)
        make_event(owner.tenant)
        WebhookDelivery.objects.filter(endpoint=other).delete()
        Sender(Event(), make=lambda delivery: real(delivery)).run_once()
    endpoint.refresh_from_db()
    assert (endpoint.disabled_reason, endpoint.is_enabled) == ("gone", False)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.last_error) == ("exhausted", "endpoint_disabled")
    event = OutboxEvent.objects.get(type="webhook_endpoint.disabled")
    assert event.payload["reason"] == "gone"
    assert AuditEntry.objects.filter(action="webhook_endpoint.disabled").exists()
    make_event(owner.tenant)
    assert not WebhookDelivery.objects.filter(endpoint=endpoint, state="pending").exists()


def real(delivery: WebhookDelivery) -> object:
    from accounts.webhooks.attempting import Outcome, attempt

    is_ours = "127.0.0.1" in delivery.endpoint.url
    return attempt(delivery) if is_ours else Outcome(delivery.endpoint.url, 1, status=200)


def test_five_failing_days_turn_it_off_with_a_mail_and_one_click_turns_it_on(
    owner: Person, member: Person, mailoutbox: list[object]
) -> None:
    with receiving(status(500)) as receiver:
        endpoint, _ = make_webhook_endpoint(owner.tenant, url=receiver.url())
        days = timedelta(days=5)
        for failing_for, is_enabled in (
            (days - timedelta(minutes=5), True),
            (days + timedelta(minutes=5), False),
        ):
            WebhookEndpoint.objects.update(failures=9, failing_since=Now() - failing_for)
            WebhookEndpoint.objects.update(paused_until=None)
            make_event(owner.tenant)
            send()
            endpoint.refresh_from_db()
            assert endpoint.is_enabled is is_enabled
    assert endpoint.disabled_reason == "failing"
    tell_owners()
    (mail,) = mailoutbox
    assert mail.to == [owner.user.email]
    assert receiver.url() in mail.body and f"/settings/webhooks/{endpoint.pk}/" in mail.body
    assert tell_owners() == 0

    enable_endpoint(principal=owner.principal, endpoint_id=endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.is_enabled and endpoint.failures == 0 and endpoint.failing_since is None


def test_one_success_forgets_the_failures(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, _ = make_webhook_endpoint(
            owner.tenant, url=receiver.url(), failures=3, failing_since=timezone.now()
        )
        make_event(owner.tenant)
        send()
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_a_breaker_opens_and_lets_one_attempt_through_at_a_time(owner: Person) -> None:
    with receiving(status(500)) as receiver:
        endpoint, _ = make_webhook_endpoint(owner.tenant, url=receiver.url())
        for _ in range(20):
            make_event(owner.tenant)
        send()
        endpoint.refresh_from_db()
        assert endpoint.paused_until and endpoint.failures >= claiming.BREAKER_AFTER
        before = len(receiver.requests)
        assert before <= 2 * claiming.ATTEMPTS_AT_ONCE_OF_ENDPOINT
        assert send() == 0  # it rests
        WebhookEndpoint.objects.update(paused_until=None)
        WebhookDelivery.objects.update(due_at=Now())
        assert len(claiming.claim_deliveries(64)) == 1


def test_so_many_attempts_of_an_endpoint_and_of_a_tenant_at_once(
    owner: Person, stranger: Person
) -> None:
    for person in (owner, stranger):
        for _ in range(6):
            endpoint, _ = make_webhook_endpoint(person.tenant)
            for _ in range(10):
                make_delivery(endpoint)
    claimed = claiming.claim_deliveries(1000)
    of_tenant = [each.tenant_id for each in claimed]
    assert of_tenant.count(owner.tenant.pk) == of_tenant.count(stranger.tenant.pk) == 32
    of_endpoint = [each.endpoint_id for each in claimed]
    assert max(map(of_endpoint.count, of_endpoint)) <= claiming.ATTEMPTS_AT_ONCE_OF_ENDPOINT
    assert claiming.claim_deliveries(1000) == []


def test_who_hangs_leaves_room_to_others(owner: Person, stranger: Person) -> None:
    """A hundred events for one that hangs are before the one of somebody else."""
    done: list[str] = []
    with receiving(hang) as hanging, receiving() as receiver:
        slow, _ = make_webhook_endpoint(stranger.tenant, url=hanging.url())
        for _ in range(100):
            make_delivery(slow, due_at=Now() - timedelta(minutes=1))
        quick, _ = make_webhook_endpoint(owner.tenant, url=receiver.url())
        delivery = make_delivery(quick)
        sender = Sender(Event())
        sender.turn()
        sender.take_outcomes(1.5)  # none of those that hang has ended by then
        done = list(WebhookDelivery.objects.exclude(state="pending").values_list("pk", flat=True))
        while sender._flying:
            sender.take_outcomes(3)
    assert done == [delivery.pk]
    assert hanging.visits == claiming.ATTEMPTS_AT_ONCE_OF_ENDPOINT


def test_a_lease_that_was_lost_changes_nothing(owner: Person) -> None:
    with receiving() as receiver:
        make_webhook_endpoint(owner.tenant, url=receiver.url())
        make_event(owner.tenant)
        first = Sender(Event())
        first.turn()
        # The first one sleeps; its lease runs out, and a second makes the attempt again.
        WebhookDelivery.objects.update(lease_until=Now() - timedelta(seconds=1))
        assert send() == 1
        first.take_outcomes(3)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempt_count, delivery.losses) == ("delivered", 1, 1)
    assert delivery.attempts.count() == 1
    ids = {parsed(request)[0]["webhook-id"] for request in receiver.requests}
    assert len(receiver.requests) == 2 and len(ids) == 1


def test_who_is_late_does_not_speak_for_who_holds_the_lease_now(owner: Person) -> None:
    with receiving() as receiver:
        make_webhook_endpoint(owner.tenant, url=receiver.url())
        make_event(owner.tenant)
        first = Sender(Event())
        first.turn()
        WebhookDelivery.objects.update(lease_until=Now() - timedelta(seconds=1))
        (held,) = claiming.claim_deliveries(1)  # by another one, who is still at it
        first.take_outcomes(3)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempt_count) == ("pending", 0)
    assert delivery.lease_token == held.lease_token and not delivery.attempts.exists()


def test_a_delivery_that_ends_every_sender_ends_itself(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    make_delivery(
        endpoint, losses=20, lease_token="0" * 32, lease_until=Now() - timedelta(seconds=1)
    )
    Sender(Event(), make=lambda delivery: pytest.fail("attempted once more"))._tidy()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("exhausted", "sender_lost")


def test_a_secret_of_another_server_is_said_so(owner: Person, settings: object) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    make_event(owner.tenant)
    settings.SECRET_KEY = "another one, and long enough to be the key of a server"
    send()
    assert WebhookDelivery.objects.get().last_error == "secret_unreadable"


def test_a_test_event_goes_to_one_endpoint_once(owner: Person) -> None:
    with receiving(status(500)) as receiver, receiving() as other:
        endpoint, secret = make_webhook_endpoint(
            owner.tenant, url=receiver.url(), event_types=["job.failed"]
        )
        make_webhook_endpoint(owner.tenant, url=other.url())
        send_test(principal=owner.principal, endpoint_id=endpoint.pk)
        send_test(principal=owner.principal, endpoint_id=endpoint.pk)
        assert send() == 2
        assert verified(receiver, secret)["type"] == "webhook.test"
    assert other.visits == 0
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"exhausted"}


def test_a_replay_has_the_same_id(owner: Person) -> None:
    with receiving() as receiver:
        _, secret = make_webhook_endpoint(owner.tenant, url=receiver.url())
        make_event(owner.tenant)
        send()
        old = WebhookDelivery.objects.get()
        new = replay_delivery(principal=owner.principal, delivery_id=old.pk)
        again = replay_delivery(principal=owner.principal, delivery_id=old.pk)  # a second click
        assert new == again != old
        send()
        assert verified(receiver, secret, 0) == verified(receiver, secret, 1)
    assert len(receiver.requests) == 2


def test_a_range_is_replayed_where_it_was_missed(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, _ = make_webhook_endpoint(
            owner.tenant, url=receiver.url(), event_types=["job.succeeded"]
        )
        make_event(owner.tenant)
        send()
        disable_endpoint(principal=owner.principal, endpoint_id=endpoint.pk)
        missed = make_event(owner.tenant)
        make_event(owner.tenant, type="job.failed")
        send()
        enable_endpoint(principal=owner.principal, endpoint_id=endpoint.pk)
        since = timezone.now() - timedelta(hours=1)
        span = {"principal": owner.principal, "endpoint_id": endpoint.pk, "since": since}
        assert replay_range(**span) == 1
        assert replay_range(**span) == 0  # it is on its way
        send()
        assert parsed(receiver.requests[-1])[0]["webhook-id"] == str(missed.public_id)
        assert replay_range(**span) == 0
        assert replay_range(**span, delivered_too=True) == 2


def test_waiting_deliveries_go_to_the_changed_address(owner: Person) -> None:
    with receiving() as receiver:
        endpoint, _ = make_webhook_endpoint(owner.tenant, url="http://127.0.0.1:1/")
        make_event(owner.tenant)
        send()
        changes = {"url": receiver.url()}
        update_endpoint(principal=owner.principal, endpoint_id=endpoint.pk, changes=changes)
        WebhookDelivery.objects.update(due_at=Now())
        send()
    assert WebhookDelivery.objects.get().state == "delivered"


def test_a_suspended_tenant_waits(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    make_delivery(endpoint)
    owner.tenant.suspended_at = timezone.now()
    owner.tenant.save()
    assert claiming.claim_deliveries(10) == []


def test_what_waits_for_a_disabled_endpoint_is_ended(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    delivery = make_delivery(endpoint)
    hour = Now() - timedelta(hours=1)
    WebhookEndpoint.objects.update(disabled_at=hour, disabled_reason="by_hand")
    assert claiming.claim_deliveries(10) == []
    assert end_unwanted() == 1
    delivery.refresh_from_db()
    assert delivery.state == "exhausted"


def test_deliveries_are_forgotten_after_a_month(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    ended = {"state": "exhausted", "last_error": "refused"}
    old = make_delivery(endpoint, finished_at=Now() - timedelta(days=31), **ended)
    WebhookAttempt.objects.create(
        tenant=owner.tenant, delivery=old, number=1, url="x", status=500, milliseconds=1
    )
    new = make_delivery(endpoint, finished_at=Now() - timedelta(days=29), **ended)
    waiting = make_delivery(endpoint)
    assert forget_deliveries() == 1
    assert set(WebhookDelivery.objects.all()) == {new, waiting}
    assert not WebhookAttempt.objects.exists()
