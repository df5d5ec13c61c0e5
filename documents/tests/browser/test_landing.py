"""The start page in a browser: a mark is tried before anybody signs up."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from documents.models import Document
from documents.tests.browser.visitor import Visitors

pytestmark = pytest.mark.browser


def test_a_visitor_tries_a_mark(visitors: Visitors) -> None:
    page = visitors.open(width=390)
    page.goto("/")
    picture = page.get_by_role("img", name="Our sample")
    first = picture.get_attribute("src") or ""
    assert "sample" in first
    page.get_by_label("Text").fill("For Grace Hopper")
    expect(page.get_by_role("img", name="Our sample with your mark")).to_be_visible()
    assert (picture.get_attribute("src") or "").startswith("blob:")
    page.get_by_label("Text").fill("\U00012000")
    expect(page.locator("[data-status].cm-trouble")).to_contain_text("𒀀")
    assert not Document.objects.exists()


def test_a_visitor_tries_a_mark_without_javascript(visitors: Visitors) -> None:
    page = visitors.open(java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Text").fill("For Grace Hopper")
    page.get_by_role("button", name="Draw it").click()
    picture = page.get_by_role("img", name="Our sample with your mark")
    expect(picture).to_be_visible()
    assert (picture.get_attribute("src") or "").startswith("data:image/png")
