"""How fast usage is read where a month has ten million lines: ``python bench/usage.py``.

In a throwaway database (as the tests'). The lines are made by the database itself: the last 30
days of one tenant with 20 keys. Measured are whole requests through Django, ``--rounds`` of each;
the goal is that each takes at most 200 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOAL_MILLISECONDS = 200
# One statement each: the ledger, and the sums that the product would have written with it.
LINES = """
    INSERT INTO billing_usagerecord
        (id, tenant_id, metric, quantity, operation, source, api_key_id, note, occurred_at)
    SELECT gen_random_uuid(), tenant, metric, 1 + number %% 40, 'watermark', 'bench:' || number,
        keys[1 + number %% {keys}], '',
        statement_timestamp() - interval '30 days' * (1 - number / {works}.0)
    FROM (SELECT %s::uuid AS tenant, %s::uuid[] AS keys) given,
        generate_series(1, {works}) AS number,
        unnest(ARRAY['documents', 'pages', 'bytes']) AS metric
"""
SUMS = """
    INSERT INTO billing_usageday
        (id, tenant_id, day, operation, api_key_id, user_id, documents, pages, bytes)
    SELECT gen_random_uuid(), tenant_id, (occurred_at AT TIME ZONE 'UTC')::date, operation,
        api_key_id, user_id, coalesce(sum(quantity) FILTER (WHERE metric = 'documents'), 0),
        coalesce(sum(quantity) FILTER (WHERE metric = 'pages'), 0),
        coalesce(sum(quantity) FILTER (WHERE metric = 'bytes'), 0)
    FROM billing_usagerecord GROUP BY 2, 3, 4, 5, 6
"""
# What would be looked at or sorted with every line is done once, when all of them are there.
BARE = (
    """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT conname FROM pg_constraint
            WHERE conrelid = 'billing_usagerecord'::regclass AND contype IN ('f', 'p', 'u')
        LOOP EXECUTE format('ALTER TABLE billing_usagerecord DROP CONSTRAINT %I', name); END LOOP;
    END $$
    """,
    "DROP INDEX usage_newest_by_tenant, usage_newest",
    "ALTER TABLE billing_usagerecord DISABLE ROW LEVEL SECURITY",
)
WHOLE = (
    "ALTER TABLE billing_usagerecord ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "ALTER TABLE billing_usagerecord ADD PRIMARY KEY (id)",
    "ALTER TABLE billing_usagerecord ADD CONSTRAINT usage_once UNIQUE (source, metric)",
    "CREATE INDEX usage_newest_by_tenant"
    " ON billing_usagerecord (tenant_id, occurred_at DESC, id DESC)",
    "CREATE INDEX usage_newest ON billing_usagerecord (occurred_at DESC, id DESC)",
    "ANALYZE billing_usagerecord",
    "ANALYZE billing_usageday",
)
PATHS = (
    "/usage/?since={month_ago}&until={today}",
    "/usage/?since={month_ago}&until={today}&group_by=key",
    "/usage/ledger/",
    "/billing/",
    "/dashboard/",
    "/api/v1/usage/?since={month_ago}&until={today}",
    "/api/v1/usage/?since={year_ago}&until={today}&group_by=member",
    "/api/v1/usage/ledger/",
)


def main() -> int:
    """Measure, print, and return how many goals were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["USAGE_BENCH"] = json.dumps({"lines": options.lines, "rounds": options.rounds})
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-s", "-p", "no:cacheprovider", __file__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not told:
        print(ran.stdout[-4000:], ran.stderr[-2000:])
        return 1
    figures = json.loads(told[-1])
    if options.json:
        print(told[-1])
    else:
        for path, (median, worst) in figures["milliseconds"].items():
            print(f"{median:8.1f} ms  {worst:8.1f} ms worst  {path}")
        print(f"beside {figures['lines']:,} lines, made in {figures['made_in_seconds']:.0f} s")
    return sum(median > GOAL_MILLISECONDS for median, _ in figures["milliseconds"].values())


def test_measure(transactional_db: None) -> None:
    """Not a test: the measurement, inside the house's throwaway database."""
    from datetime import UTC, datetime, timedelta

    from django.db import connection

    from accounts.tests.factories import make_api_key, make_member, make_tenant, signed_in
    from billing.services.subscriptions import begin_subscription
    from config.tests.walls import by_owner

    asked = json.loads(os.environ["USAGE_BENCH"])
    tenant = make_tenant("Large")
    begin_subscription(tenant=tenant)
    owner = make_member("owner", tenant=tenant)
    keys = [make_api_key(tenant, name=f"Program {number}")[0].pk for number in range(20)]
    began = time.monotonic()
    for statement in BARE:
        by_owner(statement)
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        works = asked["lines"] // 3
        cursor.execute(LINES.format(works=works, keys=len(keys)), [tenant.pk, keys])
        cursor.execute(SUMS)
    for statement in WHOLE:
        by_owner(statement)
    made_in = time.monotonic() - began
    client = signed_in(owner)
    today = datetime.now(UTC).date()
    named = {
        "today": today,
        "month_ago": today - timedelta(days=30),
        "year_ago": today - timedelta(days=365),
    }
    milliseconds = {}
    for path in PATHS:
        address = path.format(**named)
        assert client.get(address).status_code == 200, address
        taken = []
        for _ in range(asked["rounds"]):
            start = time.perf_counter()
            client.get(address)
            taken.append((time.perf_counter() - start) * 1000)
        milliseconds[address] = (statistics.median(taken), max(taken))
    told = {"milliseconds": milliseconds, "lines": works * 3, "made_in_seconds": made_in}
    print(f"\n{json.dumps(told)}")


if __name__ == "__main__":
    sys.exit(main())
