"""What all tests share: the browser, and an honest word when there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from config.database.owner import as_owner
from config.database.reach import serve_all_tenants
from config.tests.emptying import EMPTY_ALL, empty_all

# Tests set the stage for everybody, as the operator does; each request begins with a reach of none.
serve_all_tenants()
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
REMEDY = "no Chromium found: install one (apt-get install chromium) or name it in CHROMIUM"
# Inside a test's transaction, which the owner's own connection would not be.
OWNERS_HAND = """
    CREATE OR REPLACE FUNCTION by_owner(statement text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE statement; END'
"""


def find_chromium() -> str | None:
    """Return the path of ``$CHROMIUM``, or of a Chromium on this machine."""
    candidates = (os.environ.get("CHROMIUM", ""), *BROWSERS, str(ON_MACOS))
    return next(filter(None, map(shutil.which, candidates)), None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests empty tables and call their owner, which no application may."""
    with django_db_blocker.unblock(), as_owner() as owner, owner.cursor() as cursor:
        role = owner.ops.quote_name(settings.DATABASES["default"]["USER"])
        cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {role}, CURRENT_USER")
        cursor.execute(OWNERS_HAND)
        cursor.execute(EMPTY_ALL)
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER audit_entry_not_emptied")
        for table in ("billing_invoice", "billing_invoiceline"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_not_emptied")
    TransactionTestCase._fixture_teardown = lambda test: empty_all()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; tests that use it carry the marker ``browser``."""
    path = find_chromium()
    assert path, REMEDY
    return path


@pytest.hookimpl(trylast=True)  # after pytest-django has put its order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests where there is no browser; start the long tests first."""
    if find_chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=REMEDY))
    items[:] = long_ones_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def long_ones_first(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Return ``items`` with a long test at the head of each process's share.

    xdist gives each process one piece of the list to begin with; a long test that starts last
    would be waited for by all.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    share = -(-len(short) // processes)
    return [
        item
        for index in range(processes)
        for item in (*long[index::processes], *short[index * share : (index + 1) * share])
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests did not run, where the count of skips could be overlooked."""
    skipped = terminalreporter.stats.get("skipped", ())
    missed = sum("browser" in report.keywords for report in skipped)
    if missed and find_chromium() is None:
        terminalreporter.write_sep("=", "browser tests did not run", yellow=True, bold=True)
        terminalreporter.write_line(f"{missed} browser tests did not run: {REMEDY}.")
