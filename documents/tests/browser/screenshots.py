"""Photographs of every page into ``var/screenshots``: ``make screenshots``, then look at them.

Of some only: ``STOPS=batch,asset make screenshots`` (names of the tour that contain one).

A test in form only, so that the tour gets its server and its rows; the suite does not collect it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings

from accounts.tests.cast import Person
from documents.tests.browser.tour import furnish, stops
from documents.tests.browser.visitor import Visitors

FOLDER = Path(settings.BASE_DIR) / "var" / "screenshots"
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_photograph_every_page(visitors: Visitors, ada: Person, width: int, scheme: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = os.environ.get("STOPS", "").split(",")
    new = visitors.open(ada, width=width, color_scheme=scheme)
    new.goto("/dashboard/")
    new.screenshot(path=FOLDER / f"dashboard_new-{width}-{scheme}.png", full_page=True)
    for stop in stops(furnish(ada)):
        if not any(each in stop.name for each in wanted):
            continue
        who = ada if stop.is_signed_in else None
        page = visitors.open(who, width=width, color_scheme=scheme)
        page.goto(stop.address)
        stop.act(page)
        page.screenshot(path=FOLDER / f"{stop.name}-{width}-{scheme}.png", full_page=True)
        page.context.close()
