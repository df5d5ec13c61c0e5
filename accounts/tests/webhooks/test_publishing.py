"""Each event becomes a delivery for every endpoint that wants it, once, whoever publishes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import OutboxEvent, WebhookDelivery
from accounts.services.webhook_endpoints import callback_endpoint, disable_endpoint
from accounts.tests.cast import Person
from accounts.tests.factories import make_event, make_tenant, make_webhook_endpoint
from accounts.webhooks.publishing import publish_events

pytestmark = pytest.mark.django_db


def told(event: OutboxEvent) -> set[object]:
    deliveries = WebhookDelivery.objects.filter(event=event)
    assert {each.tenant_id for each in deliveries} <= {event.tenant_id}
    event.refresh_from_db()
    assert event.published_at and event.deliveries == len(deliveries)
    return {each.endpoint_id for each in deliveries}


def test_who_wants_an_event_is_told(owner: Person, stranger: Person) -> None:
    every, _ = make_webhook_endpoint(owner.tenant)
    ends, _ = make_webhook_endpoint(owner.tenant, event_types=["job.succeeded", "job.failed"])
    make_webhook_endpoint(owner.tenant, event_types=["document.created"])
    make_webhook_endpoint(stranger.tenant)
    off, _ = make_webhook_endpoint(owner.tenant)
    disable_endpoint(principal=owner.principal, endpoint_id=off.pk)
    ended, queued = make_event(owner.tenant), make_event(owner.tenant, type="job.queued")
    nobodys = make_event(make_tenant())

    assert publish_events() == 3

    assert told(ended) == {every.pk, ends.pk}
    assert told(queued) == {every.pk}
    assert told(nobodys) == set()
    assert publish_events() == 0


def test_an_endpoint_is_not_told_of_what_was_before_it(owner: Person) -> None:
    event = make_event(owner.tenant)
    make_webhook_endpoint(owner.tenant)
    publish_events()
    assert told(event) == set()


def test_an_address_of_a_single_request_is_told_by_the_callback_endpoint(owner: Person) -> None:
    callback_endpoint(tenant_id=owner.tenant.pk)
    callback_endpoint(tenant_id=owner.tenant.pk)  # there is one, however often it is asked for
    with_address = make_event(owner.tenant, callback_url="https://single.example/done")
    without = make_event(owner.tenant)
    publish_events()
    assert len(told(with_address)) == 1
    assert WebhookDelivery.objects.get().url == "https://single.example/done"
    assert told(without) == set()


@pytest.mark.django_db(transaction=True)
def test_many_publishers_at_once_make_one_delivery_each() -> None:
    tenant = make_tenant()
    make_webhook_endpoint(tenant)
    make_webhook_endpoint(tenant)
    events = [make_event(tenant) for _ in range(60)]

    def publish(_: int) -> int:
        try:
            return publish_events()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(publish, range(6))) == len(events)
    assert WebhookDelivery.objects.count() == 2 * len(events)
