"""A chain that its owner computes anew is whole, and yet not the one that was noted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Tenant
from accounts.services.audit_ends import audit_ends
from accounts.tests.factories import make_tenant
from accounts.tests.test_audit import breaches, unguarded, write
from config.tests.walls import by_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def noted(tenant: Tenant, tmp_path: Path) -> Path:
    """Where the chains of two tenants and of none ended, three entries each."""
    for whose in (tenant, make_tenant(), None):
        for _ in range(3):
            write(whose)
    path = tmp_path / "ends"
    path.write_text(told())
    return path


def told(**options: object) -> str:
    out = io.StringIO()
    call_command("audit_ends", stdout=out, **options)
    return out.getvalue()


def test_a_chain_that_has_grown_goes_on(noted: Path, tenant: Tenant) -> None:
    assert len(noted.read_text().splitlines()) == len(audit_ends()) == 3
    write(tenant)
    assert told(compare=noted) == "3 chains go on from where they ended then.\n"


def test_a_tail_that_was_cut_and_recounted_is_missed(noted: Path, tenant: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "DELETE FROM accounts_auditentry WHERE seq = 3 AND tenant_id = %s", [tenant.pk]
        )
        cursor.execute(
            "UPDATE accounts_auditchain chain SET seq = entry.seq, hash = entry.hash"
            " FROM accounts_auditentry entry"
            " WHERE entry.tenant_id = chain.id AND entry.seq = 2 AND chain.id = %s",
            [tenant.pk],
        )
        assert breaches() == []
        with pytest.raises(CommandError, match=f"(?s)1 of 3 .* {tenant.pk} 3 "):
            told(compare=noted)


def test_a_chain_that_was_computed_anew_is_another(noted: Path, tenant: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE tenant_id = %s", [tenant.pk])
        cursor.execute("DELETE FROM accounts_auditchain WHERE id = %s", [tenant.pk])
        by_owner("ALTER TABLE accounts_auditentry ENABLE TRIGGER audit_entry_chained")
        for _ in range(4):
            write(tenant)
        assert breaches() == []
        with pytest.raises(CommandError, match="1 of 3 chains were rewritten"):
            told(compare=noted)


def test_what_is_no_note_is_said(tmp_path: Path) -> None:
    (tmp_path / "ends").write_text("not a note\n")
    for path in (tmp_path / "ends", tmp_path / "none"):
        with pytest.raises(CommandError) as refused:
            told(compare=path)
        assert refused.value.returncode == 2
