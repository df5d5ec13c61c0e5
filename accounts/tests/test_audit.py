"""The audit log: what goes in stays, in one order, and nobody gets anything out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from accounts.models import AuditAction, AuditChain, AuditEntry, Tenant
from accounts.services.audit import record
from accounts.services.key_changes import create_api_key
from accounts.tests.cast import Person
from accounts.tests.factories import make_tenant
from config.invariants import Breach, look_at_invariants
from config.tests.walls import by_owner

pytestmark = pytest.mark.django_db


def breaches() -> list[Breach]:
    (finding,) = look_at_invariants(only=["audit_chain"])
    assert not finding.error
    return finding.examples


def write(tenant: Tenant | None) -> None:
    action = AuditAction.JOB_CANCELLED
    record(tenant_id=tenant and tenant.pk, actor=None, action=action, subject="thing:1")


class TestRecord:
    def test_numbers_and_chains_the_entries_of_each_tenant(self) -> None:
        tenants = [make_tenant(), make_tenant(), None]
        for _ in range(3):
            for tenant in tenants:
                write(tenant)
        for tenant in tenants:
            chain = list(AuditEntry.objects.filter(tenant=tenant).order_by("seq"))[-3:]
            assert [one.seq - chain[0].seq for one in chain] == [0, 1, 2]
            assert bytes(chain[2].prev_hash) == bytes(chain[1].hash) != bytes(chain[0].hash)
            assert chain[0].created_at < chain[1].created_at
        assert breaches() == []

    def test_the_database_decides_on_number_hash_and_time(self) -> None:
        tenant = make_tenant()
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        forged = AuditEntry(tenant=tenant, seq=7, hash=b"x", prev_hash=b"y", action="a.b")
        forged.created_at = long_ago
        forged.save(force_insert=True)
        forged.refresh_from_db()
        assert (forged.seq, len(bytes(forged.hash)), bytes(forged.prev_hash)) == (1, 32, bytes(32))
        assert forged.created_at > long_ago
        assert breaches() == []

    def test_names_who_acted_and_from_where(self, owner: Person) -> None:
        at = {"HTTP_X_REQUEST_ID": "request-12345", "HTTP_USER_AGENT": "Tool/1 " + "x" * 300}
        owner.client.post("/settings/sessions/end/", **at)
        create_api_key(
            principal=owner.principal, name="x", environment="live", scopes=["jobs:read"]
        )
        entry = AuditEntry.objects.get(action=AuditAction.API_KEY_CREATED)
        assert (entry.actor, entry.request_id) == (f"user:{owner.user.pk}", "request-12345")
        assert entry.address == "127.0.0.1"
        assert entry.user_agent == "Tool/1 " + "x" * 193

    @pytest.mark.parametrize(
        ("told", "kept"),
        [
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("not an address", None),
            ("", None),
        ],
    )
    def test_keeps_whatever_address_a_client_comes_from(
        self, owner: Person, told: str, kept: str | None
    ) -> None:
        owner.client.post("/settings/audit-log/export/", REMOTE_ADDR=told)
        assert AuditEntry.objects.get(action=AuditAction.AUDIT_EXPORTED).address == kept

    @pytest.mark.django_db(transaction=True)
    def test_belongs_into_the_transaction_of_the_act(self) -> None:
        tenant = make_tenant()
        with pytest.raises(RuntimeError, match="transaction"):
            write(tenant)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write(tenant)
            raise ZeroDivisionError
        with transaction.atomic():
            write(tenant)
        assert AuditEntry.objects.get(tenant=tenant).seq == 1
        assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_keep_one_chain() -> None:
    """Eight writers, two tenants and none, a third of them giving up: no gap and no fork."""
    tenants = [make_tenant(), make_tenant(), None]
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait()
        try:
            for turn in range(15):
                with transaction.atomic():
                    write(tenants[(turn + number) % 3])
                    if turn % 3 == 0:
                        transaction.set_rollback(True)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.count() == 8 * 10
    for tenant in tenants:
        numbers = AuditEntry.objects.filter(tenant=tenant).order_by("seq")
        assert list(numbers.values_list("seq", flat=True)) == list(range(1, numbers.count() + 1))
    assert breaches() == []


class TestRefusal:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE accounts_auditentry SET actor = 'nobody'",
            "UPDATE accounts_auditentry SET actor = 'nobody' WHERE false",
            "DELETE FROM accounts_auditentry",
            "DELETE FROM accounts_auditentry WHERE false",
            "INSERT INTO accounts_auditentry SELECT * FROM accounts_auditentry"
            " ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
        ],
    )
    def test_nothing_is_changed_or_deleted(self, sql: str) -> None:
        write(make_tenant())
        with (
            pytest.raises(ProgrammingError, match="permission denied|append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE accounts_auditentry SET actor = 'nobody'",
            "DELETE FROM accounts_auditentry WHERE false",
        ],
    )
    def test_not_even_by_who_is_given_the_right(self, sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            write(make_tenant())
            by_owner("GRANT ALL ON accounts_auditentry TO SESSION_USER")
            with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
                cursor.execute(sql)
            transaction.set_rollback(True)

    def test_nor_emptied(self) -> None:
        with unguarded(triggers="ENABLE") as cursor:
            with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
                cursor.execute("TRUNCATE accounts_auditentry")  # type: ignore[attr-defined] # a cursor

    def test_nobody_is_given_the_right(self) -> None:
        """Of all roles that may read it, none may change it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, grantee <> relowner, privilege_type"
                " FROM pg_class, aclexplode(relacl)"
                " WHERE relname IN ('accounts_auditentry', 'accounts_auditchain')"
            )
            given = set(cursor.fetchall())
        # The second: what tests with real transactions do (conftest.py), and the trigger's owner.
        others = {(table, may) for table, is_other, may in given if is_other}
        assert others <= {
            ("accounts_auditentry", "SELECT"),
            ("accounts_auditentry", "INSERT"),
            ("accounts_auditentry", "TRUNCATE"),
            ("accounts_auditchain", "SELECT"),
            ("accounts_auditchain", "TRUNCATE"),
        }
        owners = {may for table, is_other, may in given if not is_other and "entry" in table}
        assert owners & {"UPDATE", "DELETE"} == set()

    def test_nor_through_models(self) -> None:
        tenant = make_tenant()
        write(tenant)
        entry = AuditEntry.objects.get(tenant=tenant)
        for act in (entry.delete, entry.save, AuditEntry.objects.all().delete):
            with pytest.raises(ProgrammingError), transaction.atomic():
                act()


@contextmanager
def unguarded(triggers: str = "DISABLE") -> Iterator[object]:
    """Be somebody who has taken the guards down, or all but the triggers; undone afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        by_owner(f"ALTER TABLE accounts_auditentry {triggers} TRIGGER USER")
        by_owner("GRANT ALL ON accounts_auditentry, accounts_auditchain TO SESSION_USER")
        yield cursor
        transaction.set_rollback(True)


class TestChain:
    """What a look finds when somebody got past all of that."""

    FORGERIES = {
        "UPDATE accounts_auditentry SET actor = 'x' WHERE id = %(middle)s": "changed since",
        "UPDATE accounts_auditentry SET details = '{\"a\": 1}' WHERE id = %(last)s": "changed",
        "UPDATE accounts_auditentry SET created_at = now() WHERE id = %(middle)s": "changed",
        "UPDATE accounts_auditentry SET address = '::1' WHERE id = %(middle)s": "changed",
        "UPDATE accounts_auditentry SET tenant_id = NULL, seq = 99 WHERE id = %(last)s": "99",
        "UPDATE accounts_auditentry SET seq = 9 - seq WHERE id <> %(first)s": "not chained to it",
        "DELETE FROM accounts_auditentry WHERE id = %(middle)s": "after number 1, not chained",
        "DELETE FROM accounts_auditentry WHERE id = %(last)s": "ends at number 2, should at 3",
        "DELETE FROM accounts_auditentry WHERE tenant_id = %(tenant)s": "at number 0, should at 3",
        "UPDATE accounts_auditchain SET seq = 4 WHERE id = %(tenant)s": "should at 4",
        "DELETE FROM accounts_auditchain WHERE id = %(tenant)s": "should at 0",
    }

    @pytest.mark.parametrize("sql", FORGERIES)
    def test_a_forgery_is_found(self, sql: str) -> None:
        tenant = make_tenant()
        for _ in range(3):
            write(tenant)
        ids = AuditEntry.objects.filter(tenant=tenant).order_by("seq").values_list("id", flat=True)
        places = dict(zip(("first", "middle", "last"), ids, strict=True)) | {"tenant": tenant.pk}
        with unguarded() as cursor:
            cursor.execute(sql, places)  # type: ignore[attr-defined] # a cursor
            found = breaches()
        assert self.FORGERIES[sql] in "; ".join(breach.detail for breach in found)
        assert breaches() == []

    def test_a_chain_counts_what_it_has(self) -> None:
        tenant = make_tenant()
        write(tenant)
        assert AuditChain.objects.get(pk=tenant.pk).seq == 1
