"""Reading the audit log: as a page, as a file, through the API; who may, and whose."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditAction, AuditEntry
from accounts.services.audit import record
from accounts.services.key_changes import create_api_key
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key
from config.tests.conformance import check_answer

pytestmark = pytest.mark.django_db
PAGE, EXPORT = "/settings/audit-log/", "/settings/audit-log/export/"
API = "/api/v1/organization/audit-log/"


def write(person: Person, action: AuditAction = AuditAction.JOB_CANCELLED, **more: Any) -> None:
    given = {"actor": person.principal, "subject": "job:1", **more}
    record(tenant_id=person.tenant.pk, action=action, **given)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


class TestPage:
    def test_says_who_did_what_and_when(self, owner: Person) -> None:
        key, _ = create_api_key(
            principal=owner.principal, name="CI", environment="live", scopes=["jobs:read"]
        )
        write(owner, AuditAction.DOCUMENT_DELETED, actor=None, details={"sha256": "ab" * 32})
        write(owner, AuditAction.SIGN_IN_FAILED, actor="nobody", subject=f"user:{owner.user.pk}")
        shown = owner.client.get(PAGE).content.decode()
        for text in ("Made an API key", owner.user.email, "API key CI", "Deleted a document"):
            assert text in shown
        for text in ("Countermark", "ab" * 32, "Wrong password", "Somebody unknown"):
            assert text in shown

    def test_shows_what_was_asked_for(self, owner: Person) -> None:
        write(owner)
        write(owner, AuditAction.API_KEY_REVOKED, subject="api_key:1")
        shown = owner.client.get(PAGE, {"action": "job.cancelled"}).content.decode()
        assert ("job 1" in shown, "api_key 1" in shown) == (True, False)
        assert "api_key 1" in owner.client.get(PAGE, {"action": "no.such"}).content.decode()
        none = owner.client.get(PAGE, {"action": "tenant.resumed"}).content.decode()
        assert "Nothing yet" in none

    def test_has_pages_and_asks_no_more_for_more_entries(
        self, owner: Person, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(60):
            write(owner, subject=f"job:{number}-")
        assert owner.client
        with django_assert_max_num_queries(10):
            first = owner.client.get(PAGE).content.decode()
        second = owner.client.get(PAGE, {"page": 2}).content.decode()
        assert (first.count("<details><summary"), second.count("<details><summary")) == (50, 10)
        assert "job 59-" in first and "job 0-" in second

    def test_nothing_in_it_is_markup(self, owner: Person) -> None:
        details = {"<b>": "<script>x</script>"}
        write(owner, subject="<img src=x>", details=details)
        shown = owner.client.get(PAGE).content.decode()
        assert "<script>x" not in shown and "<img src=x>" not in shown and "<b>" not in shown

    def test_is_of_owners_and_admins_and_of_their_tenant(
        self, owner: Person, member: Person, viewer: Person, stranger: Person
    ) -> None:
        write(owner)
        assert {each.client.get(PAGE).status_code for each in (member, viewer)} == {403}
        assert {each.client.post(EXPORT).status_code for each in (member, viewer)} == {403}
        assert "job 1" not in stranger.client.get(PAGE).content.decode()
        assert "Audit log" in owner.client.get("/dashboard/").content.decode()
        assert "Audit log" not in viewer.client.get("/dashboard/").content.decode()


class TestExport:
    def test_gives_all_facts_as_csv_and_writes_that_down(self, owner: Person) -> None:
        write(owner, details={"was": "queued"})
        answer = owner.client.post(EXPORT)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
        exported, cancelled = rows_of(answer)
        assert (exported["action"], exported["number"]) == ("audit.exported", "2")
        assert (cancelled["subject"], cancelled["details"]) == ("job:1", '{"was": "queued"}')
        entry = AuditEntry.objects.get(action="job.cancelled")
        assert cancelled["hash"] == bytes(entry.hash).hex()

    def test_holds_no_formulas(self, owner: Person) -> None:
        at = {"HTTP_USER_AGENT": "=cmd|' /C calc'!A0"}
        (row,) = rows_of(owner.client.post(EXPORT, **at))
        assert row["program"] == "'=cmd|' /C calc'!A0"

    def test_holds_one_action_if_asked(self, owner: Person, stranger: Person) -> None:
        for person in (owner, stranger):
            write(person)
            write(person, AuditAction.API_KEY_REVOKED)
        rows = rows_of(owner.client.post(EXPORT, {"action": "job.cancelled"}))
        assert [row["action"] for row in rows] == ["job.cancelled"]

    def test_a_link_does_not_start_it(self, owner: Person) -> None:
        assert owner.client.get(EXPORT).status_code == 405


class TestApi:
    def ask(self, client: Client, query: str = "") -> dict[str, Any]:
        answer = client.get(f"{API}{query}")
        check_answer("GET", API, answer.status_code, answer.headers, answer.content)
        return answer.json()

    def test_lists_entries_newest_first_in_one_chain(self, owner: Person) -> None:
        for number in range(3):
            write(owner, subject=f"job:{number}", details={"was": "queued"})
        page = self.ask(owner.client)["results"]
        newest, middle, oldest = page
        assert [each["seq"] for each in page] == [3, 2, 1]
        assert (newest["actor"], newest["subject"]) == (f"user:{owner.user.pk}", "job:2")
        assert newest["details"] == {"was": "queued"}
        assert (newest["prev_hash"], oldest["prev_hash"]) == (middle["hash"], "0" * 64)

    def test_in_pages_and_by_action(self, owner: Person, stranger: Person) -> None:
        write(stranger)
        assert owner.api  # its making is an entry, too
        for _ in range(3):
            write(owner)
        write(owner, AuditAction.API_KEY_REVOKED)
        page = self.ask(owner.api, "?limit=2&action=job.cancelled")
        assert [each["seq"] for each in page["results"]] == [4, 3]
        page = owner.api.get(page["next"]).json()
        assert ([each["seq"] for each in page["results"]], page["next"]) == ([2], None)

    @pytest.mark.parametrize("query", ["", "?action=job.cancelled"])
    def test_a_file_of_it_is_an_entry_of_the_key(self, owner: Person, query: str) -> None:
        write(owner)
        key, text = make_api_key(owner.tenant, scopes=["audit:read"])
        answer = Client(**bearer(text)).get(f"{API}{query}", headers={"Accept": "text/csv"})
        shown = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        entry = AuditEntry.objects.get(action=AuditAction.AUDIT_EXPORTED)
        assert entry.actor == f"api_key:{key.pk}"
        assert entry.details == ({"only": "job.cancelled"} if query else {})
        assert ("audit.exported" in shown.splitlines()[1]) == (not query)
        self.ask(owner.client)
        assert AuditEntry.objects.filter(action=AuditAction.AUDIT_EXPORTED).count() == 1

    @pytest.mark.parametrize("query", ["?action=no.such", "?actor=me"])
    def test_refuses_what_it_does_not_know(self, owner: Person, query: str) -> None:
        assert owner.api.get(f"{API}{query}").status_code == 422

    def test_needs_its_scope(self, owner: Person, viewer: Person) -> None:
        _, text = make_api_key(owner.tenant, scopes=["documents:read", "jobs:read"])
        assert Client(**bearer(text)).get(API).status_code == 403
        assert viewer.client.get(API).status_code == 403
        assert owner.client.get(API).status_code == 200
