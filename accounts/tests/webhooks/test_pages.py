"""The webhook pages: what people can do there without any JavaScript."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.tests.cast import Person
from accounts.tests.factories import make_attempt, make_delivery, make_event, make_webhook_endpoint

pytestmark = pytest.mark.django_db
LIST = "/settings/webhooks/"
URL = "https://hooks.example.com/x"


def secret_in(html: str) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", html)
    return found[0] if found else ""


def act(client: Client, name: str, of: object, **body: str) -> str:
    """Press a button; return the page that follows."""
    return client.post(reverse(f"accounts:{name}", args=[of]), body, follow=True).content.decode()


def test_an_endpoint_is_added_and_its_secret_shown_once(owner: Person) -> None:
    form = {"url": URL, "event_types": ["job.failed"], "header_name": "X-A", "header_value": "bc"}
    once = {"once": "a-form-of-mine"}
    first = owner.client.post(LIST, form | once).content.decode()
    second = owner.client.post(LIST, form | once).content.decode()  # a second click
    assert secret_in(first) and secret_in(first) == secret_in(second)
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.event_types, endpoint.header_name) == (["job.failed"], "X-A")
    for page in (LIST, f"{LIST}{endpoint.pk}/"):
        html = owner.client.get(page).content.decode()
        assert URL in html and not secret_in(html) and "bc" not in re.findall('value="(.*?)"', html)


def test_what_is_wrong_stands_beside_its_field(owner: Person) -> None:
    form = {"url": "https://10.0.0.1/", "header_name": "Host", "header_value": "x"}
    html = owner.client.post(LIST, form).content.decode()
    assert "does not belong to the public Internet" in html and "This header is ours" in html
    assert html.count('aria-invalid="true"') == 2
    assert not WebhookEndpoint.objects.exists()


def test_settings_are_changed_and_the_header_kept(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant, header=("X-A", "bc"))
    sealed = WebhookEndpoint.objects.get().sealed_header
    page = reverse("accounts:webhook", args=[endpoint.pk])
    owner.client.post(page, {"url": URL, "header_name": "X-A", "description": "Mine"})
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.description, endpoint.sealed_header) == (URL, "Mine", sealed)
    owner.client.post(page, {"url": URL, "header_name": ""})
    endpoint.refresh_from_db()
    assert endpoint.header_name == endpoint.sealed_header == ""
    assert "must begin" in owner.client.post(page, {"url": "ftp://x/"}).content.decode()


def test_buttons_do_what_they_say(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    assert "A test event is on its way" in act(owner.client, "webhook_test", endpoint.pk)
    assert secret_in(act(owner.client, "webhook_rotate", endpoint.pk))
    assert "Turned off" in act(owner.client, "webhook_disable", endpoint.pk)
    assert "Turn it on first" in act(owner.client, "webhook_test", endpoint.pk)
    assert "Turned on" in act(owner.client, "webhook_enable", endpoint.pk)
    make_event(owner.tenant, published_at="2026-01-01T00:00Z", deliveries=0)
    assert "1 event on the way" in act(owner.client, "webhook_replay", endpoint.pk, days="1")
    assert "deleted" in act(owner.client, "webhook_delete", endpoint.pk)
    assert owner.client.get(f"{LIST}{endpoint.pk}/").status_code == 404


def test_a_delivery_is_read_and_sent_again(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    delivery = make_delivery(endpoint)
    make_attempt(delivery)
    WebhookDelivery.objects.update(
        state="exhausted", last_error="refused", finished_at="2026-01-01T00:00Z"
    )
    page = reverse("accounts:webhook_delivery", args=[delivery.pk])
    html = owner.client.get(page).content.decode()
    assert "Not now, Acme" in html and str(delivery.event.public_id) in html
    assert "on its way" in act(owner.client, "webhook_delivery_replay", delivery.pk)
    assert WebhookDelivery.objects.filter(state="pending").count() == 1


def test_an_answer_is_text_and_no_page(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    delivery = make_delivery(endpoint)
    make_attempt(delivery)
    delivery.attempts.update(answer="<script>alert(1)</script>", url="https://x/<b>")
    html = owner.client.get(reverse("accounts:webhook_delivery", args=[delivery.pk])).content
    assert b"<script>alert" not in html and b"<b>" not in html


def test_others_have_no_such_pages(member: Person, stranger: Person, owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    assert member.client.get(LIST).status_code == 403
    assert b"Webhooks" not in member.client.get("/dashboard/").content
    assert stranger.client.get(f"{LIST}{endpoint.pk}/").status_code == 404
