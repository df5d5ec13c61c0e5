"""The workspace as a file: all of it, nobody else's, no secrets, for owners alone."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Role, Tenant
from accounts.principal import SUPPORT_SESSION_KEY
from accounts.tests.cast import Person
from accounts.tests.factories import make_member, make_notification, make_tokens
from documents.services import data_export
from documents.services.data_export import OwnersOnly, export_workspace
from documents.services.exported_tables import LEFT_OUT, TABLES
from documents.tests.factories import make_document
from documents.tests.isolation.matrix import furnish

pytestmark = pytest.mark.django_db

URL = "/settings/workspace/export/"
# Columns that nobody may read, not even the owner.
SECRET = {"secret_hmac", "digest", "sealed_secret", "sealed_old_secret", "sealed_header", "sealed"}


def files_in(answer: HttpResponse) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_all_of_it_and_nobody_elses(owner: Person, stranger: Person) -> None:
    furnish(owner.tenant)
    furnish(stranger.tenant)
    make_document(owner.tenant, title="=HYPERLINK(1)")
    answer = owner.client.post(URL)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store" and ".zip" in answer["Content-Disposition"]
    files = files_in(answer)
    assert set(files) == {"README.txt", "workspace.json", *(f"{name}.csv" for name in TABLES)}
    assert json.loads(files["workspace.json"])["name"] == owner.tenant.name
    for name, table in TABLES.items():
        there = table.model._default_manager.filter(tenant=owner.tenant).count()
        assert len(rows(files[f"{name}.csv"])) == there, name
    whole = "".join(files.values())
    assert str(stranger.tenant.pk) not in whole and stranger.tenant.name not in whole
    assert "'=HYPERLINK" in files["documents.csv"], "no formula"


def test_it_is_written_down_once_it_is_asked_for(owner: Person) -> None:
    owner.client.post(URL)
    entry = AuditEntry.objects.get(action="tenant.exported")
    assert (entry.tenant_id, entry.actor) == (owner.tenant.pk, f"user:{owner.user.pk}")


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.OWNER])
def test_only_owners(owner: Person, role: str) -> None:
    other = Person(make_member(role, tenant=owner.tenant), owner.tenant)
    assert other.client.post(URL).status_code == 403
    assert "Export the workspace" not in other.client.get("/settings/").content.decode()
    assert not AuditEntry.objects.filter(action="tenant.exported").exists()


def test_no_program_and_no_support(owner: Person, staff: Client) -> None:
    assert owner.api.post(URL).status_code == 403
    _, tokens = make_tokens(owner.user)
    program = Client(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token}")
    assert program.post(URL).status_code == 403
    session = staff.session
    session[SUPPORT_SESSION_KEY] = "any"
    session.save()
    assert staff.post(URL).status_code == 403


def test_looking_exports_nothing(owner: Person) -> None:
    assert owner.client.get(URL).status_code == 405
    assert "Export the workspace" in owner.client.get("/settings/").content.decode()


def test_each_table_of_tenants_is_there_or_left_out_for_a_reason() -> None:
    def has_tenant(model: type) -> bool:
        fields = model._meta.concrete_fields
        return any(each.name == "tenant" and each.related_model is Tenant for each in fields)

    of_tenants = {model for model in apps.get_models() if has_tenant(model)}
    exported = {table.model for table in TABLES.values()}
    assert exported | set(LEFT_OUT) == of_tenants
    assert not exported & set(LEFT_OUT) and all(LEFT_OUT.values())
    assert not {field for table in TABLES.values() for field in table.fields} & SECRET


def test_the_service_refuses_by_itself(member: Person) -> None:
    with pytest.raises(OwnersOnly):
        export_workspace(principal=member.principal)


def test_it_is_read_and_sent_some_rows_at_a_time(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_export, "ROWS_AT_ONCE", 2)
    made = {str(make_document(owner.tenant).pk) for _ in range(5)}
    export = export_workspace(principal=owner.principal)
    with CaptureQueriesContext(connection) as queries:
        pieces = [next(export)]
        before_the_first = len(queries)
        pieces += export
    assert before_the_first == 1
    asked = [each["sql"] for each in queries if 'FROM "documents_document"' in each["sql"]]
    assert len(asked) == 3 and all("LIMIT 2" in each for each in asked)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        ids = [each["id"] for each in rows(archive.read("documents.csv").decode())]
    assert ids == sorted(made)


def test_one_at_a_time(owner: Person, stranger: Person) -> None:
    first = export_workspace(principal=owner.principal)
    second = owner.client.post(URL)
    assert (second.status_code, second["Retry-After"]) == (429, "60")
    assert "being sent already" in second.content.decode()
    assert AuditEntry.objects.filter(action="tenant.exported").count() == 1
    assert stranger.client.post(URL).status_code == 200, "others' exports are theirs"
    first.close()  # the client has gone before the first byte
    third = owner.client.post(URL)
    assert third.status_code == 200
    first.close()  # once more takes nobody's place
    assert owner.client.post(URL).status_code == 429
    assert files_in(third)
    assert owner.client.post(URL).status_code == 200


def test_ones_own_data(owner: Person, stranger: Person) -> None:
    make_tokens(owner.user)
    make_notification(owner.user, text="For the owner")
    make_notification(stranger.user, text="For the stranger")
    assert owner.client.get("/settings/profile/export/").status_code == 405
    answer = owner.client.post("/settings/profile/export/")
    assert "attachment" in answer["Content-Disposition"]
    told = answer.json()
    assert told["person"]["email"] == owner.user.email and "password" not in told["person"]
    assert [each["tenant__name"] for each in told["workspaces"]] == ["Acme"]
    assert [each["text"] for each in told["notifications"]] == ["For the owner"]
    assert len(told["programs"]) == 1
    assert stranger.user.email not in answer.content.decode()
