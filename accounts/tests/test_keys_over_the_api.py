"""``/api/v1/api-keys/``: what an integrator does with keys."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import APIKey, KeptOutcome
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/api-keys/"
WISH = {"name": "Importer", "scopes": ["jobs:read"]}


@pytest.fixture
def api(owner: Person) -> ApiClient:
    return ApiClient(make_api_key(owner.tenant, name="Maker", last_used_at=timezone.now())[1])


def one(key: APIKey) -> str:
    return f"{URL}{key.pk}/"


def patch(api: ApiClient, path: str, **given: object) -> object:
    return api.patch(path, json.dumps(given), content_type="application/json")


def test_a_new_key_works_and_is_shown_once(api: ApiClient) -> None:
    answer = api.send_json(URL, WISH | {"expires_in_days": 90, "environment": "test"})
    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert answer["Location"] == f"{URL}{body['id']}/"
    ends = datetime.fromisoformat(body["expires_at"]) - timezone.now()
    assert timedelta(days=89) < ends <= timedelta(days=90)
    who = ApiClient(body["key"]).get("/api/v1/auth/whoami/").json()
    assert (who["api_key"]["id"], who["scopes"]) == (body["id"], ["jobs:read"])
    for path in (URL, answer["Location"]):
        assert body["key"][20:-6] not in api.get(path).content.decode()
    assert api.get(answer["Location"]).json() == {k: v for k, v in body.items() if k != "key"} | {
        "last_used_at": api.get(answer["Location"]).json()["last_used_at"]
    }


def test_the_same_request_again_makes_no_second_key(api: ApiClient) -> None:
    first, second = (api.send_json(URL, WISH, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert APIKey.objects.filter(name="Importer").count() == 1
    assert first.json()["key"][20:-6].encode() not in bytes(KeptOutcome.objects.get().sealed)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": None}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["moon:write"]}, "scopes"),
        ({"scopes": "jobs:read"}, "scopes"),
        ({"environment": "moon"}, "environment"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 3651}, "expires_in_days"),
        ({"allowed_networks": ["here"]}, "allowed_networks"),
        ({"allowed_networks": ["10.0.0.0/8"] * 51}, "allowed_networks"),
        ({"tenant": "another"}, "tenant"),
    ],
)
def test_nonsense_makes_no_key(api: ApiClient, change: dict[str, object], field: str) -> None:
    answer = api.send_json(URL, WISH | change)
    assert answer.status_code == 422
    assert {problem["loc"][1] for problem in answer.json()["detail"]} == {field}
    assert not APIKey.objects.filter(name="Importer").exists()


def test_a_key_grants_what_it_has_and_no_more(owner: Person) -> None:
    weak = ApiClient(make_api_key(owner.tenant, scopes=["keys:write", "jobs:read"])[1])
    assert weak.send_json(URL, WISH).status_code == 201
    refused = weak.send_json(URL, WISH | {"scopes": ["jobs:write"]})
    assert (refused.status_code, refused.json()["type"]) == (403, "scope_not_held")
    assert weak.get(URL).json()["type"] == "insufficient_scope"
    reader = ApiClient(make_api_key(owner.tenant, scopes=["keys:read"])[1])
    assert reader.get(URL).status_code == 200
    assert reader.send_json(URL, WISH).json()["type"] == "insufficient_scope"


def test_rotation_tells_of_both(api: ApiClient, owner: Person) -> None:
    old, _ = make_api_key(owner.tenant, name="Importer", scopes=["jobs:read"])
    answer = api.send_json(f"{one(old)}rotate/", {"overlap_hours": 1})
    assert answer.status_code == 201
    assert answer.json()["key"].startswith("cm_live_")
    listed = {each["id"]: each for each in api.get(URL).json()["results"]}
    assert listed[str(old.pk)]["replaced_by"] == answer.json()["id"]
    assert listed[str(old.pk)]["expires_at"] > timezone.now().isoformat()
    assert listed[answer.json()["id"]]["replaced_by"] is None
    again = api.send_json(f"{one(old)}rotate/", {})
    assert (again.status_code, again.json()["type"]) == (409, "api_key_ended")
    assert api.send_json(f"{one(old)}rotate/", {"overlap_hours": 169}).status_code == 422


def test_a_key_rotates_itself(owner: Person) -> None:
    key, text = make_api_key(owner.tenant, scopes=["keys:write"])
    body = ApiClient(text).send_json(f"{one(key)}rotate/", {}).json()
    assert ApiClient(body["key"]).get("/api/v1/auth/whoami/").status_code == 200
    assert ApiClient(text).get("/api/v1/auth/whoami/").status_code == 200


def test_renamed_narrowed_revoked(api: ApiClient, owner: Person) -> None:
    key, text = make_api_key(owner.tenant)
    assert patch(api, one(key), name="Invoices").json()["name"] == "Invoices"  # type: ignore[attr-defined]
    patch(api, one(key), allowed_networks=["203.0.113.0/24"])
    refused = ApiClient(text).get("/api/v1/auth/whoami/")
    assert (refused.status_code, refused.json()["type"]) == (403, "address_not_allowed")
    patch(api, one(key), allowed_networks=[])
    assert ApiClient(text).get("/api/v1/auth/whoami/").status_code == 200
    for _ in range(2):
        assert api.delete(one(key)).status_code == 204
    assert ApiClient(text).get("/api/v1/auth/whoami/").json()["type"] == "revoked_api_key"
    assert api.get(one(key)).json()["revoked_at"]


def test_queries_do_not_grow_with_the_keys(
    api: ApiClient, owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_api_key(owner.tenant)
    for _ in range(2):
        with django_assert_num_queries(2):
            assert api.get(URL).status_code == 200
        for _ in range(20):
            make_api_key(owner.tenant)
