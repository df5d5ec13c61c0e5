"""Which pages show names: the whole tour, what it cannot know of, and the staff's admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page

from bench.chaos.hostile_names import NAMES, fit
from bench.chaos.victim import Victim
from documents.tests.browser.tour import Stop, look, stops

# Of the tour: each visit shows another name; all other pages show lists and menus.
OWN = ("document_", "job_")
DOCUMENT = "document_detail"


def own_pages(victim: Victim, number: int, *, short: bool) -> Iterator[Stop]:
    """Yield the pages of the one document and the jobs of a name, and what repeats the name."""
    for stop in stops(victim.jobs[number]):
        if stop.name.startswith(OWN) and stop.act is look:
            if not short or stop.name == DOCUMENT:
                yield stop
    name = quote(NAMES[number], safe="")
    if not short or number % 4 == 0:
        yield Stop("search", f"/documents/?q={name}")
    if not short:
        yield Stop("lost", f"/nowhere/{name}")
        yield Stop("jobs_of_no_state", f"/jobs/?state={name}")
        yield Stop("audit_log_of_nothing", f"/settings/audit-log/?action={name}")
        yield Stop("login_and_back", f"/accounts/login/?next={name}", is_signed_in=False)
        address = reverse(
            "documents:watermark", args=[victim.jobs[number]["succeeded"].document_id]
        )
        yield Stop("document_watermark_typed", address, act=_type(NAMES[number]))


def pages(victim: Victim, number: int, *, once: bool) -> Iterator[Stop]:
    """Yield all other pages; ``once`` those where something is typed, clicked or tried, too."""
    for stop in stops(victim.jobs[number]):
        if not stop.name.startswith(OWN) and (once or stop.act is look):
            yield stop if stop.name not in ACTED else replace(stop, act=ACTED[stop.name])
    yield Stop("documents_older", "/documents/?page=2")
    if once:
        yield Stop("upload_chosen", reverse("documents:upload"), act=_choose)
        yield Stop("api_keys_named", reverse("accounts:api_keys"), act=_make_key(NAMES[number]))
        yield Stop("docs", "/docs", act=_try_out)
        yield Stop("redoc", "/redoc", act=_read)


def admin_pages(*, most: int) -> Iterator[Stop]:
    """Yield the lists of the admin, and so many rows of each kind: their forms, histories, ends."""
    yield Stop("admin", "/admin/")
    for model in admin.site._registry:
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield Stop(f"{place}_list", reverse(f"{place}_changelist") + "?all=")
        for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:most]:
            for page in ("change", "history", "delete"):
                yield Stop(f"{place}_{page}", reverse(f"{place}_{page}", args=[pk]))


def _type(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_label("Text", exact=True).fill(fit(name, 100))
        page.get_by_label("Font size").fill("500")
        page.get_by_role("button", name="Mark").click()
        page.get_by_text("Enter a whole number").wait_for()

    return act


def _make_key(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_role("textbox", name="Name").fill(fit(name, 120))
        page.get_by_role("button", name="Make key").click()
        page.get_by_role("heading", name="Your new key").wait_for()

    return act


def _unfold(page: Page) -> None:
    for each in page.locator("main details > summary").all()[:10]:
        each.click()


def _choose(page: Page) -> None:
    files = [
        {"name": fit(name, 200), "mimeType": "application/pdf", "buffer": b""} for name in NAMES
    ]
    page.get_by_label("Drop documents").set_input_files(files)
    page.get_by_text("This file is empty.", exact=True).nth(len(NAMES) - 1).wait_for()


def _try_out(page: Page) -> None:
    page.get_by_role("button", name="List documents").click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table").wait_for()


def _read(page: Page) -> None:
    page.get_by_role("heading", name="Upload a document and mark it").first.wait_for()


# Where the tour looks for a row or a name of its own.
ACTED = {"api_keys_new": look, "audit_log": _unfold}
