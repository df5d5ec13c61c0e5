"""F1: forty hostile names on every page of a real browser, in headers, CSV and PDFs: nothing runs.

A page is looked at three ways: whether a name called ``canary`` (or a dialog, or another host),
whether the browser had to refuse anything by its policy, and whether any element or attribute is
there that only a name can have made.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from random import Random
from urllib.parse import unquote

from playwright.sync_api import sync_playwright

from accounts.services.audit_export import export_audit_log
from bench.chaos.finding import Finding
from bench.chaos.hostile_names import NAMES
from bench.chaos.lookout import Lookout
from bench.chaos.pages_visited import admin_pages, own_pages, pages
from bench.chaos.stage import Stage
from bench.chaos.stripping import active_names
from bench.chaos.victim import Victim, make_victim, put_away
from conftest import REMEDY, find_chromium
from documents.tests.browser.conftest import FLAGS
from documents.tests.browser.visitor import Visitors

FORMULA = tuple("=+-@\t\r\n")
ATTACHED = re.compile(r"attachment; filename=\"([^\"\\/;%]+)\"; filename\*=UTF-8''([^;\s\"']+)")


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Furnish a workspace with the names, then look at everything that shows them."""
    stage.start_web()
    victim = make_victim(stage)
    dice = Random(seed)  # noqa: S311 - of tests
    yield _on_pages(stage, victim, dice, short=short)
    yield _in_headers(victim)
    yield _in_tables(victim)
    yield _in_copies(victim)
    put_away(victim)


def _on_pages(stage: Stage, victim: Victim, dice: Random, *, short: bool) -> Finding:
    path = find_chromium()
    assert path, REMEDY
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright has a loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        lookout = Lookout(Visitors(browser, stage.url), victim)
        # Pages that show one thing are opened for every name; the others have all names in their
        # lists and in the menu of workspaces, so that a few at their head will do.
        wide = dice.sample(range(len(NAMES)), 1 if short else 10)
        caught = lookout.prove()
        for number in range(len(NAMES)):
            for stop in own_pages(victim, number, short=short):
                lookout.visit(stop, number)
        for turn, number in enumerate(wide):
            for stop in pages(victim, number, once=turn == 0):
                lookout.visit(stop, number)
        for stop in admin_pages(most=0 if short else 5):
            lookout.visit(stop, dice.randrange(len(NAMES)), is_staff=True)
        lookout.leave()
        browser.close()
    figures = (
        f"{len(NAMES)} names on {len(lookout.seen)} pages, {lookout.visits} visits:"
        f" {len(lookout.found)} ran, asked elsewhere or made an element"
        f" ({caught} names do on a page that trusts them)"
    )
    bad = "".join(f"\n  {one}" for one in sorted(lookout.found)[:40])
    holds = not lookout.found and lookout.visits >= 2 * len(NAMES) and caught >= 15
    return Finding("F1 pages", holds, figures + bad)


def _in_headers(victim: Victim) -> Finding:
    bad, looked_at = [], 0
    for jobs in victim.jobs:
        document = jobs["succeeded"].document_id
        for path in (f"/documents/{document}/download/", f"/jobs/{jobs['succeeded'].pk}/result/"):
            answer = victim.customer.http.get(path)
            looked_at += 1
            bad += [f"{path}: {fault}" for fault in header_faults(answer.headers.multi_items())]
    figures = f"{looked_at} downloads: {len(bad)} with a header that a name has bent"
    return Finding("F1 headers", not bad, "\n  ".join([figures, *bad]))


def header_faults(headers: list[tuple[str, str]]) -> Iterator[str]:
    """Yield what is wrong with the headers of a download, whatever its name."""
    names = [name.lower() for name, _ in headers]
    yield from (f"two of {name}" for name in {*names} if names.count(name) > 1)
    yield from (f"{name} has controls" for name, value in headers if not value.isprintable())
    given = dict(headers)
    if "set-cookie" in names or given.get("x-content-type-options") != "nosniff":
        yield "sets cookies, or may be sniffed"
    if given.get("content-type") != "application/pdf":
        yield "is no PDF"
    disposition = given.get("content-disposition", "")
    plain = ATTACHED.fullmatch(disposition)
    if not plain:
        yield f"is called {disposition!r}"
    elif re.search(r"[/\\\x00-\x1f\u202a-\u202e\u2066-\u2069]", unquote(plain[2])):
        yield f"leads elsewhere: {unquote(plain[2])!r}"


def _in_tables(victim: Victim) -> Finding:
    for name in NAMES:
        program = re.sub(r"[^\x20-\x7e]", "", name).strip() or "-"
        made = victim.upload("x.pdf", b"%PDF-1.7\n%%EOF").json()
        victim.customer.http.delete(f"/documents/{made['id']}/", headers={"User-Agent": program})
    text = export_audit_log(principal=victim.person.principal)
    rows = list(csv.reader(io.StringIO(text)))
    cells = [cell for row in rows for cell in row]
    bad = [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA)]
    programs = {cell.removeprefix("'") for cell in cells}
    told = sum(re.sub(r"[^\x20-\x7e]", "", name).strip() in programs for name in NAMES)
    whole = len({len(row) for row in rows}) == 1 and len(rows) > len(NAMES) and told > 30
    figures = f"{len(cells)} cells of CSV with {told} of the names: {len(bad)} formulas"
    return Finding("F1 tables", whole and not bad, "\n  ".join([figures, *bad]))


def _in_copies(victim: Victim) -> Finding:
    active, count = set[str](), 0
    for jobs in victim.jobs:
        if jobs["succeeded"].state == "succeeded":
            answer = victim.customer.http.get(f"/jobs/{jobs['succeeded'].pk}/result/")
            active |= active_names(answer.raise_for_status().content)
            count += 1
    said = len(NAMES) - victim.refused
    figures = (
        f"{count} of {len(NAMES)} copies read, {said} of which say the name itself:"
        f" {len(active)} kinds of active content"
    )
    return Finding("F1 copies", not active and count > 30 and said > 20, figures)
