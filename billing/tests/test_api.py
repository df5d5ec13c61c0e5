"""Plans, subscription and caps over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from billing.models import UsageAlert
from billing.services.quota import reserve, settle
from billing.services.subscriptions import begin_subscription, change_plan
from billing.tests.factories import use
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(owner: Person) -> ApiClient:
    begin_subscription(tenant=owner.tenant)
    return ApiClient(make_api_key(owner.tenant)[1])


def put(api: ApiClient, path: str, body: object) -> Any:
    return api.put(path, json.dumps(body), content_type="application/json")


def test_plans_with_their_limits(api: ApiClient) -> None:
    plans = api.get("/api/v1/plans/").json()["results"]
    assert [plan["code"] for plan in plans] == ["free", "pro", "business", "enterprise"]
    assert plans[0]["limits"]["uploads_per_minute"] == 10
    assert plans[1]["limits"]["monthly_pages"] is None and plans[1]["page_price"] == 150


def test_choosing_and_cancelling_a_plan(api: ApiClient) -> None:
    shown = api.get("/api/v1/subscription/").json()
    assert (shown["plan"], shown["term_ends_at"]) == ("free", None)
    assert shown["period"]["pages"] == {"used": 0, "reserved": 0, "limit": 1000}
    changed = api.send_json("/api/v1/subscription/change/", {"plan": "business"})
    assert (changed.status_code, changed.json()["plan"]) == (200, "business")
    again = api.send_json("/api/v1/subscription/change/", {"plan": "business"})
    assert (again.status_code, again.json()["type"]) == (409, "plan_unchanged")
    cancelled = api.post("/api/v1/subscription/cancel/")
    assert cancelled.json()["next_plan"] == "free"
    refused = api.send_json("/api/v1/subscription/change/", {"plan": "zebra"})
    assert (refused.status_code, refused.json()["type"]) == (409, "plan_not_offered")


def test_a_workspace_without_a_plan(stranger: Person) -> None:
    api = ApiClient(make_api_key(stranger.tenant)[1])
    shown = api.get("/api/v1/subscription/").json()
    assert shown["plan"] is None and shown["period"]["pages"]["limit"] is None
    assert api.post("/api/v1/subscription/cancel/").json()["type"] == "no_subscription"


def test_caps_of_workspace_and_key(api: ApiClient, owner: Person, stranger: Person) -> None:
    path = "/api/v1/spend-cap/"
    assert put(api, path, {"cap": 500}).json()["cap"] == 500
    assert put(api, path, {"cap": -1}).status_code == 422
    assert put(api, path, {}).status_code == 422
    key, _ = make_api_key(owner.tenant, name="Robot")
    caps = put(api, f"{path}keys/{key.pk}/", {"cap": 90}).json()
    assert [(each["name"], each["cap"]) for each in caps["keys"]] == [("Robot", 90)]
    theirs, _ = make_api_key(stranger.tenant)
    refused = put(api, f"{path}keys/{theirs.pk}/", {"cap": 90})
    assert refused.status_code == 404
    assert put(api, path, {"cap": None}).json()["cap"] is None


def test_alerts(api: ApiClient, owner: Person) -> None:
    with transaction.atomic():
        reserve(tenant_id=owner.tenant.pk, source="x", documents=1, pages=800)
        settle(tenant_id=owner.tenant.pk, source="x", documents=1, pages=800)
    (alert,) = api.get("/api/v1/usage-alerts/").json()["results"]
    assert (alert["unit"], alert["percent"], alert["used"]) == ("pages", 80, 800)
    assert UsageAlert.objects.get().mailed_at is None


@pytest.mark.parametrize("path", ["plans", "subscription", "spend-cap", "usage-alerts"])
def test_a_constant_number_of_queries(
    api: ApiClient, owner: Person, path: str, django_assert_max_num_queries: Any
) -> None:
    use(owner.tenant, pages=1000)  # alerts at 50, 80 and 100 %
    change_plan(principal=owner.principal, plan_code="business")
    with django_assert_max_num_queries(4):  # two for the key
        assert api.get(f"/api/v1/{path}/").status_code == 200


def test_who_only_works_here_sees_no_money(member: Person) -> None:
    key = make_api_key(member.tenant, scopes=member.principal.scopes)[1]
    for path in ("subscription", "spend-cap"):
        refused = ApiClient(key).get(f"/api/v1/{path}/")
        assert (refused.status_code, refused.json()["type"]) == (403, "insufficient_scope")
