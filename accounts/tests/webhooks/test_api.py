"""Webhooks through the API: who may, what is shown, what is refused, and how many queries."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.event_types import known_event_types, offered_event_types
from accounts.models import AuditEntry, WebhookDelivery, WebhookEndpoint
from accounts.services.webhook_endpoints import ENDPOINTS_MOST
from accounts.tests.cast import Person
from accounts.tests.factories import (
    bearer,
    make_api_key,
    make_attempt,
    make_delivery,
    make_event,
    make_webhook_endpoint,
)
from config.api.documentation import document_text
from config.tests.conformance import schema_errors

pytestmark = pytest.mark.django_db
ENDPOINTS = "/api/v1/webhook-endpoints/"
DELIVERIES = "/api/v1/webhook-deliveries/"
URL = "https://hooks.example.com/x"


def call(api: Client, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return getattr(api, method)(path, body, content_type="application/json", **more)


def make(api: Client, **body: Any) -> Any:
    return call(api, "post", ENDPOINTS, {"url": URL, **body})


def bad_fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.content
    return {".".join(map(str, each["loc"][1:])) for each in answer.json()["detail"]}


def test_an_endpoint_is_made_and_its_secret_shown_once(owner: Person) -> None:
    header = {"name": "X-Env", "value": "s3cret-value"}
    answer = make(owner.api, event_types=["job.failed"], header=header, description=" Mine ")
    assert answer.status_code == 201
    body = answer.json()
    assert body["secret"].startswith("whsec_")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Location"] == f"{ENDPOINTS}{body['id']}/"
    assert (body["header"], body["description"]) == ({"name": "X-Env"}, "Mine")
    shown = owner.api.get(answer["Location"])
    assert shown.json() == {name: body[name] for name in body if name != "secret"}
    listed = owner.api.get(ENDPOINTS)
    assert listed.json()["results"] == [shown.json()]
    assert b"s3cret-value" not in answer.content + shown.content + listed.content
    entry = AuditEntry.objects.get(action="webhook_endpoint.created")
    assert entry.details == {"url": "https://hooks.example.com"}


@pytest.mark.parametrize(
    ("body", "bad"),
    [
        ({"url": "http://hooks.example.com/"}, {"url"}),
        ({"url": "https://127.0.0.1/"}, {"url"}),
        ({"url": "https://[::1]/"}, {"url"}),
        ({"url": "https://169.254.169.254/latest/"}, {"url"}),
        ({"url": "https://hooks.example.com:22/"}, {"url"}),
        ({"url": "https://me:secret@hooks.example.com/"}, {"url"}),
        ({"url": "https://countermark.example/api/v1/jobs/"}, {"url"}),
        ({"url": ""}, {"url"}),
        ({"url": 7}, {"url"}),
        ({"event_types": ["job.exploded"]}, {"event_types.0"}),
        ({"event_types": ["webhook.test"]}, {"event_types.0"}),
        ({"header": {"name": "Host", "value": "x"}}, {"header.name"}),
        ({"header": {"name": "webhook-id", "value": "x"}}, {"header.name"}),
        ({"header": {"name": "X-A\r\nX-B", "value": "x"}}, {"header.name"}),
        ({"header": {"name": "X-A", "value": "a\r\nX-B: c"}}, {"header.value"}),
        ({"header": {"name": "X A", "value": "ü"}}, {"header.name", "header.value"}),
        ({"header": {"name": "X-A"}}, {"header.value"}),
        ({"header": {"name": "X-A", "value": "b", "secret": True}}, {"header.secret"}),
        ({"header": {"name": "X-A", "value": 7}}, {"header.value"}),
        ({"description": "x" * 201}, {"description"}),
        ({"colour": "red"}, {"colour"}),
    ],
)
def test_nonsense_is_refused(
    body: dict[str, Any], bad: set[str], owner: Person, settings: Settings
) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = []
    settings.PUBLIC_URL = "https://countermark.example"
    assert bad_fields(make(owner.api, **body)) == bad
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("X-A", "b c", True),
        ("x" * 100, "b" * 1000, True),
        ("x" * 101, "b", False),
        ("X-A", "b" * 1001, False),
        ("X-Ä", "b", False),
        ("X-A ", "b", False),
        ("X-A", " b", False),
        ("X-A", "b\tc", False),
        ("", "b", False),
        ("X-A", "", False),
    ],
)
def test_the_document_tells_what_a_header_may_be(
    name: str, value: str, fits: bool, owner: Person
) -> None:
    header = {"name": name, "value": value}
    errors = schema_errors({"$ref": "#/components/schemas/WebhookHeaderForm"}, header)
    assert (errors == []) is fits
    assert make(owner.api, header=header).status_code == (201 if fits else 422)


def test_a_bad_field_is_told_once_with_others(owner: Person, settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = []
    answer = make(owner.api, url="ftp://x/", header={"name": "Host", "value": "x"})
    assert bad_fields(answer) == {"url", "header.name"}


def test_there_is_an_end_to_endpoints(owner: Person) -> None:
    for _ in range(ENDPOINTS_MOST):
        make_webhook_endpoint(owner.tenant)
    answer = make(owner.api)
    assert (answer.status_code, answer.json()["type"]) == (409, "too_many_webhook_endpoints")


def test_it_changes_and_goes(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant, header=("X-A", "b"))
    path = f"{ENDPOINTS}{endpoint.pk}/"
    changed = call(owner.api, "patch", path, {"url": f"{URL}/2", "header": None}).json()
    assert (changed["url"], changed["header"]) == (f"{URL}/2", None)
    assert bad_fields(call(owner.api, "patch", path, {"url": "nonsense"})) == {"url"}
    waiting = make_delivery(endpoint)
    assert owner.api.delete(path).status_code == 204
    assert owner.api.get(path).status_code == owner.api.delete(path).status_code == 404
    row = WebhookEndpoint.objects.get()
    assert row.sealed_secret == row.sealed_header == "" and row.deleted_at
    waiting.refresh_from_db()
    assert waiting.state == "exhausted"
    assert owner.api.get(f"{DELIVERIES}{waiting.pk}/").status_code == 200
    replay = call(owner.api, "post", f"{DELIVERIES}{waiting.pk}/replay/")
    assert replay.status_code == 404


def test_off_and_on_again(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    delivery = make_delivery(endpoint)
    path = f"{ENDPOINTS}{endpoint.pk}/"
    for _ in range(2):  # again is no error
        off = call(owner.api, "post", f"{path}disable/").json()
        assert (off["is_enabled"], off["disabled_reason"]) == (False, "by_hand")
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    for act, body in (("test", None), ("replay", {"since": since})):
        refused = call(owner.api, "post", f"{path}{act}/", body)
        assert (refused.status_code, refused.json()["type"]) == (409, "webhook_endpoint_disabled")
    refused = call(owner.api, "post", f"{DELIVERIES}{delivery.pk}/replay/")
    assert refused.json()["type"] == "webhook_endpoint_disabled"
    on = call(owner.api, "post", f"{path}enable/").json()
    assert (on["is_enabled"], on["disabled_reason"]) == (True, None)
    assert AuditEntry.objects.filter(action="webhook_endpoint.disabled").count() == 1


def test_a_test_is_a_delivery(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    answer = call(owner.api, "post", f"{ENDPOINTS}{endpoint.pk}/test/")
    assert answer.status_code == 202
    shown = owner.api.get(answer["Location"]).json()
    assert (shown["cause"], shown["state"], shown["attempts"]) == ("test", "pending", [])
    assert json.loads(shown["body"])["type"] == "webhook.test"


def test_the_secret_rotates(owner: Person) -> None:
    endpoint, old = make_webhook_endpoint(owner.tenant)
    path = f"{ENDPOINTS}{endpoint.pk}/rotate-secret/"
    answer = call(owner.api, "post", path)
    assert answer.json()["secret"] != old and answer.json()["old_secret_until"]
    assert answer["Cache-Control"] == "no-store"
    assert call(owner.api, "post", path, {"overlap_hours": 0}).json()["old_secret_until"] is None
    assert bad_fields(call(owner.api, "post", path, {"overlap_hours": 169})) == {"overlap_hours"}


@pytest.mark.parametrize("body", ["null", "[]", "0", '""', "false"])
def test_a_rotation_is_asked_for_with_an_object(owner: Person, body: str) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    path = f"{ENDPOINTS}{endpoint.pk}/rotate-secret/"
    answer = owner.client.post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (422, "validation_error")
    assert owner.client.post(path, "", content_type="application/json").status_code == 200


def test_a_rotation_sent_again_rotates_once(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    path = f"{ENDPOINTS}{endpoint.pk}/rotate-secret/"
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid4())}
    first, second = (call(owner.api, "post", path, **key).json() for _ in range(2))
    assert first == second


def test_a_delivery_shows_its_log(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    delivery = make_delivery(endpoint)
    make_attempt(delivery)
    shown = owner.api.get(f"{DELIVERIES}{delivery.pk}/").json()
    (attempt,) = shown["attempts"]
    assert attempt["status"] == 500 and attempt["answer"] == "Not now, Acme"
    assert shown["event_id"] == str(delivery.event.public_id) == json.loads(shown["body"])["id"]
    assert shown["next_attempt_at"] and shown["url"] == endpoint.url


def test_lists_have_filters(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    other, _ = make_webhook_endpoint(owner.tenant)
    ended = {"state": "exhausted", "last_error": "refused", "finished_at": Now()}
    failed, waiting = make_delivery(endpoint, **ended), make_delivery(other)

    def found(path: str) -> list[str]:
        return [each["id"] for each in owner.api.get(path).json()["results"]]

    assert found(DELIVERIES) == [str(waiting.pk), str(failed.pk)]
    assert found(f"{DELIVERIES}?state=exhausted") == [str(failed.pk)]
    assert found(f"{DELIVERIES}?endpoint_id={other.pk}") == [str(waiting.pk)]
    assert found(f"{DELIVERIES}?event_type=job.failed") == []
    assert found(f"{ENDPOINTS}{endpoint.pk}/deliveries/") == [str(failed.pk)]
    assert owner.api.get(f"{DELIVERIES}?state=lost").status_code == 422
    assert owner.api.get(f"{DELIVERIES}?colour=red").status_code == 422


def test_a_range_is_checked(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    make_event(owner.tenant, published_at=Now(), deliveries=0)
    path, now = f"{ENDPOINTS}{endpoint.pk}/replay/", timezone.now()
    for body in (
        {},
        {"since": "soon"},
        {"since": (now + timedelta(hours=1)).isoformat()},
        {"since": (now - timedelta(days=40)).isoformat()},
    ):
        assert bad_fields(call(owner.api, "post", path, body)) == {"since"}
    body = {"since": (now - timedelta(hours=1)).isoformat()}
    answer = call(owner.api, "post", path, body)
    assert (answer.status_code, answer.json()) == (202, {"events": 1})


def test_events_are_listed_in_pages(owner: Person, stranger: Person) -> None:
    events = [make_event(owner.tenant, type=kind) for kind in ("job.queued", "job.failed") * 2]
    make_event(stranger.tenant)
    page = owner.api.get("/api/v1/events/?limit=3").json()
    rest = owner.api.get(page["next"]).json()
    ids = [each["id"] for each in page["results"] + rest["results"]]
    assert ids == [str(each.public_id) for each in reversed(events)]
    assert [each["id"] for each in owner.api.get(rest["previous"]).json()["results"]] == ids[:3]
    failed = owner.api.get("/api/v1/events/?type=job.failed").json()["results"]
    assert len(failed) == 2
    one = owner.api.get(f"/api/v1/events/{ids[0]}/").json()
    assert one == page["results"][0]


def test_types_are_listed_with_examples(owner: Person) -> None:
    listed = owner.api.get("/api/v1/event-types/").json()["results"]
    assert [each["name"] for each in listed] == [each.name for each in offered_event_types()]
    assert all(each["summary"] and each["example"] for each in listed)


def test_the_document_has_each_event_with_an_example_of_its_shape() -> None:
    from openapi_schema_validator import OAS31Validator

    document = json.loads(document_text())
    assert set(document["webhooks"]) == set(known_event_types())
    for name, described in document["webhooks"].items():
        (content,) = described["post"]["requestBody"]["content"].values()
        schema = {**content["schema"], "components": document["components"]}
        assert list(OAS31Validator(schema).iter_errors(content["example"])) == [], name


def test_scopes_are_asked_for(owner: Person) -> None:
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    _, text = make_api_key(owner.tenant, scopes=["webhooks:read"])
    reader = Client(**bearer(text))
    path = f"{ENDPOINTS}{endpoint.pk}/"
    assert reader.get(path).status_code == 200
    for method, where in (("post", ENDPOINTS), ("patch", path), ("post", f"{path}test/")):
        assert call(reader, method, where, {"url": URL}).status_code == 403
    _, text = make_api_key(owner.tenant, scopes=["jobs:read"])
    assert Client(**bearer(text)).get(path).status_code == 403


def test_members_see_no_webhooks(member: Person, viewer: Person) -> None:
    for person in (member, viewer):
        assert not person.principal.may("webhooks:read")


@pytest.mark.parametrize("count", [1, 7])
def test_lists_cost_the_same_however_long(
    count: int, owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api = owner.api
    for _ in range(count):
        endpoint, _ = make_webhook_endpoint(owner.tenant)
        make_attempt(make_delivery(endpoint))
    api.get(DELIVERIES)  # the key's use is noted once a minute
    for path in (ENDPOINTS, DELIVERIES, "/api/v1/events/"):
        with django_assert_num_queries(2):
            assert len(api.get(path).json()["results"]) == count
    delivery = WebhookDelivery.objects.all()[0]
    with django_assert_num_queries(3):
        api.get(f"{DELIVERIES}{delivery.pk}/")
    with django_assert_num_queries(3):
        api.get(f"{ENDPOINTS}{endpoint.pk}/deliveries/")
