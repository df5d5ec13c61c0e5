"""The staff's overview: its figures are those of the rows, at a cost that does not grow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Pulse, Tenant
from accounts.services.pulses import end_pulse, forget_pulses, show_pulse
from accounts.tests.cast import Person
from accounts.tests.factories import make_tenant, make_user, make_webhook_endpoint, signed_in
from billing.tests.factories import use
from config.metrics.reading import quantile
from documents.lanes import lanes
from documents.models import Blob, StorageDay
from documents.relay.storage import count_storage
from documents.tests.factories import make_document, make_job, make_upload

pytestmark = pytest.mark.django_db


def panel(client: Client, name: str, address: str = "/admin/"):
    shown = {each.name: each for each in client.get(address).context["panels"]}
    return shown[name]


def figures(client: Client, name: str) -> dict[str, str]:
    return {each.name: each.value for each in panel(client, name).figures}


def table(client: Client, name: str, number: int = 0) -> list[list[str]]:
    return [list(row.cells) for row in panel(client, name).tables[number].rows]


def fill(number: int) -> None:
    for _ in range(number):
        tenant = make_tenant(f"Tenant {Tenant.objects.count()}")
        make_job(make_document(tenant))
        make_job(make_document(tenant), state="failed", error_code="encrypted")
        make_upload(tenant)
        use(tenant, pages=5)
        make_webhook_endpoint(tenant, failures=3, failing_since=timezone.now())
        Pulse.objects.create(
            name=f"worker@{tenant.pk}",
            kind="worker",
            began_at=timezone.now(),
            seen_at=timezone.now(),
        )
    StorageDay.objects.update(counted_at=timezone.now() - timedelta(hours=1))
    count_storage()


def test_takes_as_many_queries_for_many_rows_as_for_few(staff: Client) -> None:
    for address in ("/admin/", "/admin/queues/"):
        fill(1)
        staff.get(address)
        with CaptureQueriesContext(
            connection,
        ) as few:
            assert staff.get(address).status_code == 200
        fill(4)
        with CaptureQueriesContext(connection) as many:
            assert staff.get(address).status_code == 200
        assert len(many) == len(few) < 20


def test_figures_are_those_of_the_rows(staff: Client) -> None:
    acme, other = make_tenant("Acme"), make_tenant("Other")
    document = make_document(acme)
    for _ in range(3):
        make_job(document, run_after=timezone.now() - timedelta(minutes=2, seconds=10))
    make_job(document, state="running")
    make_job(make_document(other), run_after=timezone.now() + timedelta(minutes=5))
    use(acme, pages=1_234, documents=2)
    make_webhook_endpoint(
        acme, failures=7, failing_since=timezone.now() - timedelta(hours=3, minutes=1)
    )
    make_webhook_endpoint(other)
    Blob.objects.filter(pk=document.blob_id).update(size_bytes=5 * 1024**3)
    assert count_storage() == 1

    assert figures(staff, "queues") == {
        "Oldest waiting job": "2 min",
        "Waiting": "3",
        "Running": "1",
    }
    assert table(staff, "queues", 1)[0] == ["Acme", "3", "2 min"]
    assert figures(staff, "pages")["Today"] == "1,234"
    assert table(staff, "months") == [["Acme", "1,234", "no limit", "2"]]
    assert figures(staff, "endpoints") == {"Failing now": "1"}
    assert table(staff, "endpoints")[0][1:] == ["Acme", "7", "3 h 1 min"]
    assert table(staff, "storage")[0] == ["Acme", "5.0 GB", "1"]


def test_jobs_of_suspended_tenants_are_not_called_late(staff: Client) -> None:
    late = timezone.now() - timedelta(hours=2)
    make_job(make_document(make_tenant(suspended_at=late)), run_after=late)
    found = lanes()
    assert (found["due"].depth, found["due"].oldest_seconds) == (0, None)
    assert found["held"].depth == 1
    held = next(row for row in panel(staff, "queues").tables[0].rows if "suspended" in row.first)
    assert len(staff.get(held.address).context["cl"].result_list) == 1


def test_every_figure_leads_to_its_rows(staff: Client) -> None:
    fill(2)
    addresses = set()
    for each in staff.get("/admin/").context["panels"]:
        addresses |= {each.address, *(one.address for one in each.figures)}
        addresses |= {row.address for one in each.tables for row in one.rows}
    assert len(addresses) > 10
    for address in addresses - {""}:
        answer = staff.get(address)
        # A filter that does not exist is sent back to the list without it.
        assert (answer.status_code, address) == (200, address)


def test_a_chart_has_a_twin_with_every_value(staff: Client) -> None:
    fill(2)
    for each in staff.get("/admin/").context["panels"]:
        if each.chart:
            values = {cell for one in each.tables for row in one.rows for cell in row.cells}
            assert {bar.text for bar in each.chart.bars if bar.value} <= values


def test_staff_see_the_panels_that_they_may(owner: Person) -> None:
    looking = make_user(is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = signed_in(looking)
    assert [each.name for each in client.get("/admin/").context["panels"]] == ["queues"]
    assert client.get("/admin/queues/").status_code == 200
    nobody = signed_in(make_user(is_staff=True))
    assert nobody.get("/admin/").context["panels"] == []
    assert nobody.get("/admin/queues/").status_code == 403
    assert owner.client.get("/admin/queues/", follow=True).status_code == 403


def test_requests_are_read_from_what_is_counted(staff: Client) -> None:
    staff.get("/admin/")
    shown = panel(staff, "requests")
    assert int(shown.figures[2].value.replace(",", "")) >= 1
    assert any(row.first.startswith("/admin/") for row in shown.tables[1].rows)


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        ([], 0.0),
        ([(0.1, 100), (1.0, 0), (float("inf"), 0)], 0.095),
        ([(0.1, 90), (1.0, 10), (float("inf"), 0)], 0.55),
        ([(0.1, 90), (1.0, 0), (float("inf"), 10)], float("inf")),
    ],
)
def test_p95_is_taken_from_buckets(buckets: list[tuple[float, int]], expected: float) -> None:
    assert quantile(buckets, 0.95) == pytest.approx(expected)


def test_storage_is_counted_every_ten_minutes() -> None:
    make_document(make_tenant())
    assert (count_storage(), count_storage()) == (1, 0)
    StorageDay.objects.update(counted_at=timezone.now() - timedelta(minutes=11))
    make_document(make_tenant())
    assert count_storage() == 1
    assert StorageDay.objects.get().objects_count == 2


def test_nothing_stored_is_counted_too() -> None:
    assert count_storage() == 1
    assert (StorageDay.objects.get().bytes, StorageDay.objects.get().largest) == (0, [])


def test_silent_processes_are_seen_and_forgotten(staff: Client) -> None:
    show_pulse(kind="relay")
    show_pulse(kind="relay")
    assert figures(staff, "processes") == {"Workers": "0", "Relays": "1", "Senders": "0"}
    began = Pulse.objects.get().began_at
    Pulse.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert [row[1] for row in table(staff, "processes")] == ["Silent"]
    show_pulse(kind="relay")
    assert Pulse.objects.get().began_at > began
    Pulse.objects.update(seen_at=timezone.now() - timedelta(days=2))
    assert forget_pulses() == 1
    show_pulse(kind="relay")
    end_pulse(kind="relay")
    assert not Pulse.objects.exists()
