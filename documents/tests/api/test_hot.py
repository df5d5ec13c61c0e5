"""The answer given in front of Django's middleware is the operation's own, to the byte."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Tenant
from accounts.scopes import SCOPES
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key
from config.database.made_once import RowByIds
from documents.api import hot
from documents.models import Document, Job
from documents.tests.factories import make_document, make_job

pytestmark = pytest.mark.django_db
ENDS = ("succeeded", "failed", "cancelled", "expired")


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each request whether it was answered in front."""
    noted: list[bool] = []
    real = hot._job

    def noting(request: HttpRequest) -> Any:
        response = real(request)
        noted.append(response is not None)
        return response

    monkeypatch.setattr(hot, "_job", noting)
    return noted


def both(client: Client, address: str, monkeypatch: pytest.MonkeyPatch, **headers: str) -> Any:
    """Return what is answered with and without the way in front."""
    hotly = client.get(address, **headers)  # type: ignore[arg-type] # extra headers
    with monkeypatch.context() as patched:
        patched.setattr(hot, "_job", lambda request: None)
        slowly = client.get(address, **headers)  # type: ignore[arg-type] # the same
    return seen(hotly), seen(slowly)


def seen(response: Any) -> Any:
    varying = {"X-Request-ID", "RateLimit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    headers = {name: value for name, value in response.headers.items() if name not in varying}
    names = sorted(name for name in response.headers)
    content = re.sub(rb'"request_id":"[^"]+"', b"", response.content)
    return response.status_code, headers, names, content


@pytest.mark.parametrize("state", ["queued", "running", *ENDS])
@pytest.mark.parametrize("limit", [None, 1000])
def test_same_answer_in_every_state(
    owner: Person,
    state: str,
    limit: int | None,
    answered: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Tenant.objects.update(requests_per_minute=limit)
    job = make_job(make_document(owner.tenant), state=state, pages=7, page=3)
    hotly, slowly = both(owner.api, f"/api/v1/jobs/{job.pk}/", monkeypatch)
    assert answered == [True]
    assert hotly == slowly


def test_refusals_are_the_operations_own(
    owner: Person, stranger: Person, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(make_document(owner.tenant))
    lacking = make_api_key(owner.tenant, scopes=[one for one in SCOPES if one != "jobs:read"])[1]
    revoked = make_api_key(owner.tenant, revoked_at=timezone.now())[1]
    address = f"/api/v1/jobs/{job.pk}/"
    clients = {404: stranger.api, 403: Client(**bearer(lacking)), 401: Client(**bearer(revoked))}
    for status, client in clients.items():
        hotly, slowly = both(client, address, monkeypatch)
        assert hotly == slowly
        assert hotly[0] == status
    assert not any(answered)


def test_over_the_rate(owner: Person, answered: list[bool]) -> None:
    Tenant.objects.update(requests_per_minute=2)
    job = make_job(make_document(owner.tenant))
    got = [owner.api.get(f"/api/v1/jobs/{job.pk}/") for _ in range(3)]
    assert [response.status_code for response in got] == [200, 200, 429]
    assert got[0].headers["X-RateLimit-Remaining"] == "1"
    assert got[2].headers["Retry-After"]


def test_only_the_usual_case_is_answered_in_front(owner: Person, answered: list[bool]) -> None:
    job = make_job(make_document(owner.tenant))
    path = f"/api/v1/jobs/{job.pk}/"
    asked = {
        "a cookie": owner.client.get(path).status_code,
        "a query": owner.api.get(f"{path}?x=1").status_code,
        "another method": owner.api.head(path).status_code,
        "nobody": Client().get(path).status_code,
        "another path": owner.api.get(f"{path}cancel/").status_code,
    }
    assert asked == {
        "a cookie": 200,
        "a query": 422,
        "another method": 200,
        "nobody": 401,
        "another path": 405,
    }
    assert not any(answered)


def test_two_queries_at_most(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(make_document(owner.tenant), state="running")
    api = owner.api
    api.get(f"/api/v1/jobs/{job.pk}/")
    with django_assert_num_queries(2):  # the key and the job
        api.get(f"/api/v1/jobs/{job.pk}/")


def test_kept_sql_gives_the_row_that_the_model_gives(owner: Person, stranger: Person) -> None:
    job = make_job(make_document(owner.tenant), state="succeeded", warnings=[{"a": 1}])
    rows = RowByIds(2, lambda tenant, pk: Job.objects.filter(pk=pk, tenant_id=tenant))
    for _ in range(2):
        found = rows.first(owner.tenant.pk, job.pk)
        assert found is not None
        expected = Job.objects.get(pk=job.pk)
        names = [field.attname for field in Job._meta.concrete_fields]
        assert [getattr(found, name) for name in names] == [
            getattr(expected, name) for name in names
        ]
        assert rows.first(stranger.tenant.pk, job.pk) is None


def test_kept_sql_brings_what_is_selected_with_the_row(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    document = make_document(owner.tenant)
    rows = RowByIds(
        1, lambda pk: Document.objects.select_related("blob", "tenant", "created_by").filter(pk=pk)
    )
    for _ in range(2):
        with django_assert_num_queries(1):
            found = rows.first(document.pk)
            assert found is not None
            assert (found.blob, found.tenant) == (document.blob, owner.tenant)
            assert (found.created_by, found.title) == (None, document.title)
            assert found.blob is not None and found.blob.sha256 == document.blob.sha256
