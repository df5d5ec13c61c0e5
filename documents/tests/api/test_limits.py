"""What a workspace may do, told before it tries."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Tenant
from accounts.tests.factories import make_api_key
from billing.services.quota import settle
from billing.tests.factories import make_reservation
from documents.api import limits as told
from documents.api.limit_shapes import LimitsOut
from documents.tests.test_resumable_lane import problem
from documents.tests.tus_client import UPLOADS, Tus

LIMITS = "/api/v1/limits/"


def test_a_new_workspace_has_used_nothing(api, tenant):
    body = api.get(LIMITS).json()
    nothing = {"limit": None, "used": 0, "reserved": 0, "remaining": None}
    assert (body["month"]["documents"], body["month"]["pages"]) == (nothing, nothing)
    assert body["files"] == {
        "max_bytes": tenant.max_file_bytes, "max_pages": tenant.max_pages, 
        "formats": ["pdf", "docx", "txt", "png", "jpg"],
    }  # fmt: skip
    assert body["requests"] == {"per_minute": None}
    assert body["batches"] == {"max_items": 1000, "expires_after_seconds": 7 * 86_400}


def test_what_is_used_and_reserved_is_told(api, tenant, stranger):
    Tenant.objects.update(monthly_documents=10, monthly_pages=100, requests_per_minute=600)
    make_reservation(stranger.tenant, documents=5, pages=50)
    make_reservation(tenant, documents=2, pages=30)
    held = make_reservation(tenant, documents=1, pages=20)
    settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=12)

    body = api.get(LIMITS).json()

    month = body["month"]
    assert month["documents"] == {"limit": 10, "used": 1, "reserved": 2, "remaining": 7}
    assert month["pages"] == {"limit": 100, "used": 12, "reserved": 30, "remaining": 58}
    assert body["requests"] == {"per_minute": 600}
    now = timezone.now().isoformat().replace("+00:00", "Z")
    assert month["starts_at"][8:] == month["resets_at"][8:] == "01T00:00:00Z"
    assert month["starts_at"] <= now < month["resets_at"]


def test_a_limit_that_was_lowered_leaves_nothing(api, tenant):
    make_reservation(tenant, pages=30)
    Tenant.objects.update(monthly_pages=20)
    assert api.get(LIMITS).json()["month"]["pages"]["remaining"] == 0


def test_it_costs_three_queries(api, tenant, django_assert_num_queries):
    api.get(LIMITS)
    for _ in range(3):
        make_reservation(tenant)
    with django_assert_num_queries(3):  # the key, the tenant, the month
        api.get(LIMITS)


def test_any_credential_may_ask_but_nobody_else(api_of, nobody, tenant):
    assert api_of(tenant, ["documents:write"]).get(LIMITS).status_code == 200
    assert nobody.get(LIMITS).status_code == 401


def test_shape_and_example_name_every_limit(tenant):
    """Whoever adds a limit forgets none of the three."""

    def names(value):
        inner = {key: names(each) for key, each in value.items()} if isinstance(value, dict) else {}
        return inner or None

    def shape(serializer):
        fields = getattr(serializer, "fields", {})
        return {name: shape(field) for name, field in fields.items()} or None

    body = told.limits_body(tenant, told.this_month(tenant_id=tenant.pk))
    assert names(body) == names(told._EXAMPLE) == shape(LimitsOut())


@pytest.mark.django_db(transaction=True)
def test_what_is_told_is_what_is_refused(live, tenant):
    Tenant.objects.update(max_file_bytes=1000)
    tus = Tus(live, make_api_key(tenant)[1])
    options = tus.ask("OPTIONS", UPLOADS, tus_resumable=None)
    most = int(options.headers["tus-max-size"][0])
    assert most == 1000
    assert tus.ask("POST", UPLOADS, upload_length=most).status == 201
    refused = tus.ask("POST", UPLOADS, upload_length=most + 1)
    assert problem(refused) == (413, "payload_too_large")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "cm_live_nonsense"])
def test_who_is_unknown_is_told_the_servers_own(live, tenant, settings, key):
    Tenant.objects.update(max_file_bytes=1000)
    options = Tus(live, key).ask("OPTIONS", UPLOADS, tus_resumable=None)
    assert options.headers["tus-max-size"] == [str(settings.MAX_UPLOAD_BYTES)]
