"""Further pages at Stripe: what our ledger says they cost, to the cent, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import MeterReport, Quota
from billing.providers import report_further_pages, take_payments_on
from billing.providers.stripe import metering
from billing.services.usage import adjust_usage
from billing.tests.clock import Clock
from billing.tests.factories import use
from billing.tests.payments.conftest import Buyer
from billing.tests.payments.fake_stripe import KEY

pytestmark = pytest.mark.django_db
METER = "/v1/billing/meter_events"


@pytest.fixture
def pro(buyer: Buyer) -> Buyer:
    buyer.buy("pro")
    return buyer


def report() -> None:
    report_further_pages()
    take_payments_on()


def again() -> None:
    """Let all pauses be over."""
    MeterReport.objects.filter(try_at__isnull=False).update(try_at="2026-01-01T00:00:00Z")
    take_payments_on()


def counted(buyer: Buyer) -> int:
    return buyer.fake.metered(buyer.account.customer_id)


def test_what_further_pages_cost_is_counted_there(pro: Buyer) -> None:
    tenant = pro.person.tenant
    use(tenant, pages=19_000)
    report()
    assert counted(pro) == 0 and not MeterReport.objects.exists()
    use(tenant, pages=1_100)  # 100 beyond, at 1.50 a thousand: 15 cents
    report()
    assert counted(pro) == 15
    report()
    use(tenant, pages=1)  # a part of a cent is one
    report()
    use(tenant, pages=3)
    report()
    assert counted(pro) == 16 == max(MeterReport.objects.values_list("spent_after", flat=True))
    sent = next(given for _, path, given, _ in pro.fake.requests if path == METER)
    quota = Quota.objects.get(tenant=tenant, provider="stripe")
    assert sent["identifier"] == f"{quota.pk}:0-15"
    assert sent["event_name"] == "countermark_further_pages"


def test_each_plans_pages_cost_what_they_cost_then(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    report()
    # In the same second, as Stripe counts.
    (subscription,) = pro.fake.all("subscription")
    pro.fake.ahead += subscription["begins"] - pro.fake.now()
    pro.choose("business")
    use(pro.person.tenant, pages=202_000)
    report()
    assert counted(pro) == 150 + 160


def test_pages_before_the_plan_was_paid_are_not_stripes(buyer: Buyer) -> None:
    use(buyer.person.tenant, pages=900)
    buyer.buy("pro")
    use(buyer.person.tenant, pages=20_000)
    report()
    assert counted(buyer) == 0


def test_what_comes_late_counts_to_its_month(pro: Buyer, clock: Clock) -> None:
    use(pro.person.tenant, pages=21_000)
    quota = Quota.objects.get(tenant=pro.person.tenant, pages_used=21_000)
    pro.go(clock, 31)
    pro.hear()
    report()
    (late,) = MeterReport.objects.all()
    assert late.counts_at > quota.ends_at  # hours too late: the next invoice has it
    assert counted(pro) == 150


def test_less_is_not_taken_back_and_not_counted_again(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    report()
    staff: User = make_user("s@countermark.example", is_staff=True)
    adjust_usage(
        actor=staff, tenant=pro.person.tenant, quantities={"pages": -500}, reason="A mistake"
    )
    report()
    use(pro.person.tenant, pages=400)
    report()
    assert counted(pro) == 150
    use(pro.person.tenant, pages=200)
    report()
    assert counted(pro) == 165


@pytest.mark.parametrize("how", ["500", "429", "drop", "forget", "hang"])
def test_whatever_happens_on_the_way_it_is_counted_once(
    pro: Buyer, how: str, settings: Any
) -> None:
    settings.STRIPE_TIMEOUT_SECONDS = 1
    use(pro.person.tenant, pages=21_000)
    pro.fake.fail(METER, how, times=1 if how == "429" else 2)
    report()
    (waiting,) = MeterReport.objects.all()
    assert waiting.sent_at is None and waiting.attempts == 1 and waiting.last_error
    use(pro.person.tenant, pages=1_000)
    report()
    again()
    assert counted(pro) == 300
    assert not MeterReport.objects.filter(sent_at__isnull=True).exists()


def test_a_name_that_stripe_has_counted_is_sent(pro: Buyer) -> None:
    """Its memory of idempotency keys is shorter than of names, or was another library's."""
    use(pro.person.tenant, pages=21_000)
    pro.fake.fail(METER, "forget", times=2)
    report()
    pro.fake.answers.clear()
    again()
    assert MeterReport.objects.get().sent_at is not None and counted(pro) == 150


def test_what_is_refused_is_left_for_staff(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    pro.fake.things.pop(pro.account.customer_id)
    report()
    failed = MeterReport.objects.get()
    assert failed.failed_at and "resource_missing" in failed.last_error
    again()
    assert MeterReport.objects.get().attempts == 1


def test_after_a_day_nobody_guesses_whether_it_was_counted(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    pro.fake.fail(METER, "forget", times=2)
    report()
    MeterReport.objects.update(first_tried_at="2026-01-01T00:00:00Z")
    asked = len(pro.fake.requests)
    again()
    left = MeterReport.objects.get()
    # Stripe has forgotten the name by now: it would count it again.
    assert len(pro.fake.requests) == asked
    assert left.failed_at and "Nobody knows" in left.last_error and counted(pro) == 150


def test_two_relays_write_and_send_each_cent_once(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    assert [metering.write_reports() for _ in range(3)] == [1, 0, 0]
    claimed = metering._claim()
    assert claimed and metering.send_reports() == 0
    metering._send(claimed)
    assert counted(pro) == 150


def test_no_secret_is_in_what_is_logged(pro: Buyer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    use(pro.person.tenant, pages=21_000)
    pro.fake.fail(METER, "500", times=2)
    report()
    again()
    assert "meter_report_put_off" in caplog.text
    assert KEY not in caplog.text and "whsec_" not in caplog.text


KILLED = """
import django
django.setup()
from config.database.reach import serve_all_tenants
serve_all_tenants()
from billing.providers import take_payments_on
take_payments_on()
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_stripe_and_its_own_row_doubles_nothing(pro: Buyer) -> None:
    use(pro.person.tenant, pages=21_000)
    report_further_pages()
    pro.fake.arrived.clear()
    pro.fake.fail(METER, "hang")
    name = str(connection.settings_dict["NAME"])
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
        "COUNTERMARK_PAYMENT_PROVIDER": "stripe",
        "COUNTERMARK_STRIPE_SECRET_KEY": KEY,
        "COUNTERMARK_STRIPE_API_URL": pro.fake.url,
        "COUNTERMARK_STRIPE_TIMEOUT_SECONDS": "25",
    }
    child = subprocess.Popen([sys.executable, "-c", KILLED], env=environ)
    assert pro.fake.arrived.wait(60)
    child.send_signal(signal.SIGKILL)
    child.wait()
    left = MeterReport.objects.get()
    assert left.sent_at is None and left.attempts == 1 and counted(pro) == 150
    again()
    assert MeterReport.objects.get().sent_at is not None and counted(pro) == 150
