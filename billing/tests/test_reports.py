"""Usage reports, charts and the ledger: all of them say the same."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_user
from billing.models import Quota, UsageDay, UsageRecord
from billing.queries import this_month
from billing.reports import usage_report
from billing.services.usage import adjust_usage
from billing.tests.clock import Clock
from billing.tests.factories import make_reservation, use
from config.charts import bar_chart
from config.errors import Forbidden, Invalid
from config.invariants import look_at_invariants
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
USAGE, LEDGER = "/api/v1/usage/", "/api/v1/usage/ledger/"


def today() -> date:
    return datetime.now(UTC).date()


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status != "held"}


def test_by_day_with_no_day_missing(owner: Person, stranger: Person, clock: Clock) -> None:
    use(owner.tenant, documents=1, pages=10, bytes=100)
    use(owner.tenant, documents=1, pages=5)
    use(stranger.tenant, pages=777)
    clock.go("2 days")
    use(owner.tenant, pages=3)
    until = today() + timedelta(days=2)
    report = usage_report(principal=owner.principal, since=today(), until=until)
    assert [(line.documents, line.pages) for line in report.lines] == [(2, 15), (0, 0), (1, 3)]
    assert (report.total.pages, report.total.bytes) == (18, 100)
    assert UsageDay.objects.filter(tenant=owner.tenant).count() == 2
    assert broken() == set()


def test_by_operation_key_and_member(owner: Person) -> None:
    key, _ = make_api_key(owner.tenant, name="Robot")
    use(owner.tenant, pages=4, api_key_id=key.pk)
    use(owner.tenant, pages=2, user_id=owner.user.pk)
    use(owner.tenant, pages=1)

    def lines(group_by: Any) -> list[tuple[str, int]]:
        report = usage_report(
            principal=owner.principal, since=today(), until=today(), group_by=group_by
        )
        return [(line.label, line.pages) for line in report.lines]

    assert lines("operation") == [("Watermark", 7)]
    assert lines("key") == [("Robot", 4), ("Without a key", 3)]
    assert lines("member") == [("By a key", 5), ("owner@acme.example", 2)]


@pytest.mark.parametrize("days", [-1, 366])
def test_a_range_that_makes_no_sense(owner: Person, days: int) -> None:
    with pytest.raises(Invalid):
        usage_report(principal=owner.principal, since=today(), until=today() + timedelta(days=days))


class TestAdjustments:
    def test_are_rows_of_their_own(self, owner: Person) -> None:
        use(owner.tenant, pages=10)
        staff = make_user(is_staff=True)
        adjust_usage(
            actor=staff, tenant=owner.tenant, quantities={"pages": -4}, reason="A fault of ours"
        )
        assert this_month(tenant_id=owner.tenant.pk).pages.used == 6
        entry = UsageRecord.objects.get(operation="adjustment")
        assert (entry.quantity, entry.note) == (-4, "A fault of ours")
        assert broken() == set()

    def test_leave_never_less_than_nothing(self, owner: Person) -> None:
        staff = make_user(is_staff=True)
        use(owner.tenant, pages=3)
        with pytest.raises(Invalid):
            adjust_usage(
                actor=staff, tenant=owner.tenant, quantities={"pages": -4}, reason="Too much"
            )
        assert not UsageRecord.objects.filter(operation="adjustment").exists()

    def test_are_for_staff(self, owner: Person) -> None:
        with pytest.raises(Forbidden):
            adjust_usage(
                actor=owner.user, tenant=owner.tenant, quantities={"pages": -1}, reason="Please"
            )

    def test_in_the_admin(self, staff: Any, owner: Person) -> None:
        use(owner.tenant, pages=3)
        form = {"tenant": owner.tenant.pk, "metric": "pages", "quantity": -2, "note": "Sorry"}
        address = "/admin/billing/usagerecord/add/"
        assert staff.post(address, form).status_code == 302
        assert Quota.objects.get().pages_used == 1
        refused = staff.post(address, form)
        assert refused.status_code == 200 and "Less than nothing" in refused.content.decode()


class TestApi:
    def test_json_and_csv_say_the_same(self, owner: Person) -> None:
        api = ApiClient(make_api_key(owner.tenant, name="=Robot")[1])
        key, _ = make_api_key(owner.tenant, name="=cmd|x")
        use(owner.tenant, pages=4, bytes=9, api_key_id=key.pk)
        told = api.get(USAGE, {"group_by": "key"}).json()
        assert told["results"][0] | {"name": ""} == {
            "name": "", "label": "=cmd|x", "documents": 1, "pages": 4, "bytes": 9,
        }  # fmt: skip
        assert told["total"]["pages"] == 4
        answer = api.get(USAGE, {"group_by": "key", "format": "csv"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert [row["label"] for row in rows] == ["'=cmd|x"]  # no formula
        asked_so = api.get(USAGE, {"group_by": "key"}, headers={"Accept": "text/csv"})
        assert asked_so.content == answer.content

    def test_the_ledger_as_a_file_has_all_of_it(self, owner: Person, stranger: Person) -> None:
        api = ApiClient(make_api_key(owner.tenant)[1])
        for _ in range(3):
            use(owner.tenant)
        use(stranger.tenant)
        told = api.get(LEDGER).json()["results"]
        answer = api.get(f"{LEDGER}?limit=1", headers={"Accept": "text/csv"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined] # a stream
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [*rows[0]] == [*told[0]]
        assert [row["id"] for row in rows] == [each["id"] for each in told]
        assert len(rows) == 9

    def test_days(self, owner: Person) -> None:
        api = ApiClient(make_api_key(owner.tenant)[1])
        told = api.get(USAGE, {"since": "2026-01-01", "until": "2026-01-31"}).json()
        assert len(told["results"]) == 31
        assert api.get(USAGE, {"since": "2026-02-01", "until": "2026-01-31"}).status_code == 422
        assert api.get(USAGE, {"since": "tomorrow"}).status_code == 422
        assert api.get(USAGE, {"group_by": "mood"}).status_code == 422
        assert api.get(USAGE, {"until": "2020-01-01"}).status_code == 200

    def test_the_ledger_by_pages(self, owner: Person, stranger: Person) -> None:
        api = ApiClient(make_api_key(owner.tenant)[1])
        sources = [use(owner.tenant) for _ in range(3)]
        use(stranger.tenant)
        found, address = [], f"{LEDGER}?limit=4"
        while address:
            page = api.get(address).json()
            found += [(entry["source"], entry["metric"]) for entry in page["results"]]
            address = page["next"]
        assert sorted(found) == sorted(
            (source, metric) for source in sources for metric in ("documents", "pages", "bytes")
        )

    @pytest.mark.parametrize("path", [USAGE, f"{USAGE}?group_by=key", LEDGER])
    def test_a_constant_number_of_queries(
        self, owner: Person, path: str, django_assert_max_num_queries: Any
    ) -> None:
        api = ApiClient(make_api_key(owner.tenant)[1])
        for number in range(5):
            key, _ = make_api_key(owner.tenant, name=f"Robot {number}")
            use(owner.tenant, api_key_id=key.pk)
        with django_assert_max_num_queries(5):
            assert api.get(path).status_code == 200


class TestPages:
    def test_chart_table_and_file(self, owner: Person, viewer: Person) -> None:
        use(owner.tenant, pages=1_234)
        html = viewer.client.get("/usage/").content.decode()
        # Days without work stand in the chart only.
        assert html.count('<th scope="row"') == 1 and html.count("<svg viewBox") == 1
        assert "<svg" in html and ": 1,234</title>" in html and "<td>1,234</td>" in html
        assert 'href="/usage/export/?' in html
        by_key = viewer.client.get("/usage/?group_by=key").content.decode()
        assert "Without a key" in by_key and "<meter" in by_key
        answer = viewer.client.get("/usage/export/?group_by=member")
        assert answer["Content-Disposition"].startswith('attachment; filename="usage-member-')

    def test_what_makes_no_sense_is_said(self, owner: Person) -> None:
        for query in ("since=2026-02-02&until=2026-02-01", "since=x", "group_by=mood"):
            answer = owner.client.get(f"/usage/?{query}")
            assert answer.status_code == 422
            assert 'aria-invalid="true"' in answer.content.decode()

    def test_the_ledger(self, owner: Person) -> None:
        assert "Nothing yet" in owner.client.get("/usage/ledger/").content.decode()
        make_reservation(owner.tenant)
        source = use(owner.tenant, pages=77)
        html = owner.client.get("/usage/ledger/").content.decode()
        assert source in html and "77" in html


def test_a_chart_keeps_within_its_frame() -> None:
    chart = bar_chart(["a", "b", "c", "d"], [0, 130, -5, 20])
    assert chart.values == [200, 100, 0]
    assert [round(bar.height) for bar in chart.bars] == [0, 65, 0, 10]
    assert all(0 <= bar.x and bar.x + bar.width <= chart.width for bar in chart.bars)
    assert chart.labels == ["a", "d"]
    assert bar_chart(["a", "b", "c"], [0, 0, 0]).labels == ["a", "b", "c"]
    assert (bar_chart(["a"], [1]).labels, bar_chart([], []).bars) == (["a"], [])
