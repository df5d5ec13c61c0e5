"""Every page, light and dark, wide and narrow: no barrier, no overflow, no weight, no complaint."""

from __future__ import annotations

import gzip
from functools import cache
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.tests.cast import Person
from documents.tests.browser.tour import Stop, furnish, stops
from documents.tests.browser.visitor import Visitors

pytestmark = pytest.mark.browser
# Of style and script, compressed, before anybody does anything.
BYTES_MAX = 100_000
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 844}
AXE = Axe().axe_script
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast"]}


def barriers(page: Page, where: str, options: dict[str, object]) -> list[str]:
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{where}: {violation['id']} {node['html']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def weight(page: Page) -> int:
    """Return how many bytes of style and script the page has loaded, compressed."""
    names = page.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    return sum(map(compressed, {name for name in names if name.endswith((".css", ".js"))}))


@cache
def compressed(address: str) -> int:
    with urlopen(address) as file:
        return len(gzip.compress(file.read()))


def inspect(page: Page, stop: Stop) -> list[str]:
    """Return everything wrong with a page: at both widths, in both colour schemes."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(stop.address)
    loaded = weight(page)
    stop.act(page)
    page.evaluate(AXE)
    wrong = barriers(page, f"{stop.name} light", EVERYTHING)
    if not 1_000 < loaded <= BYTES_MAX:
        wrong.append(f"{stop.name}: {loaded:,} bytes of style and script at first sight")
    page.emulate_media(color_scheme="dark")
    wrong += barriers(page, f"{stop.name} dark", COLOURS)
    page.set_viewport_size(PHONE)
    if overflow(page) > 0:
        wrong.append(f"{stop.name}: {overflow(page)} px too wide for a phone")
    return wrong


@pytest.mark.long
def test_no_page_has_a_barrier(visitors: Visitors, ada: Person) -> None:
    visitor, signed_in = visitors.open(), visitors.open(ada)
    wrong: list[str] = []
    for stop in stops(furnish(ada)):
        wrong += inspect(signed_in if stop.is_signed_in else visitor, stop)
    assert not wrong, "\n".join(wrong)


def test_the_keyboard_finds_its_way(visitors: Visitors, ada: Person) -> None:
    page = visitors.open(ada, width=390)
    page.goto("/dashboard/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    menu = page.locator("summary").filter(visible=True)
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Jobs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Jobs")).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_chosen_theme_stays_and_never_flashes(visitors: Visitors) -> None:
    page = visitors.open(color_scheme="light")
    page.goto("/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    toggle = page.get_by_role("button", name="Theme")
    toggle.click()
    toggle.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    # Set before anything is drawn: the script that does it stands in the head and blocks.
    page.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => {"
        "window.atFirst = document.documentElement.dataset.bsTheme; })"
    )
    page.goto("/accounts/login/")
    assert page.evaluate("window.atFirst") == "dark"
