"""The guides as pages: whole, linked among themselves, with nothing in them but Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.api.guide_text import read_guide
from config.api.guides import GUIDES, guide_path

ROOT = Path(__file__).resolve().parents[2]


def read(text: str) -> str:
    return str(read_guide(f"# Title\n\n{text}\n", guides=("quickstart", "progress")).html)


def test_there_is_a_list_of_all(client):
    page = client.get("/docs/guides/").content.decode()
    assert re.findall(r'href="/docs/guides/([\w-]+)/"', page) == [*GUIDES]


@pytest.mark.parametrize("slug", GUIDES)
def test_each_is_a_page_that_asks_for_no_database(client, slug):
    page = client.get(f"/docs/guides/{slug}/").content.decode()
    title = guide_path(slug).read_text().partition("\n")[0].removeprefix("# ")
    assert f"<h1>{title}</h1>" in page
    assert "check:" not in page and "not run:" not in page, "comments are for tests"
    assert "countermark.example" not in page, "examples name the server that is asked"
    assert page.count('aria-current="page"') == 2
    assert not re.search(r'href="[^"]*\.md', page)
    for address in re.findall(r'href="(/docs/guides/[^"#]*)', page):
        assert client.get(address).status_code == 200
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len({*ids})
    for name in re.findall(r'href="#([^"]+)"', page):
        assert name in ids


def test_an_unknown_one_is_not_found(client, db):
    assert client.get("/docs/guides/operations/").status_code == 404


def test_examples_name_the_server_that_is_asked(client):
    page = client.get("/docs/guides/quickstart/", HTTP_HOST="localhost:8123").content.decode()
    assert "API=http://localhost:8123/api/v1" in page


def test_html_does_not_pass():
    html = read(
        '<script>alert(1)</script>\n\na <img src=x onerror="alert(1)"> b\n\n[x](javascript:1)'
    )
    assert "<script" not in html and "<img" not in html
    assert 'href="javascript' not in html


def test_what_code_shows_is_text():
    assert "&lt;b&gt;" in read("```sh\necho '<b>'\n```")
    assert "<figcaption>Python</figcaption>" in read("```python\nx\n```")


def test_links_lead_to_guides_and_others_are_words():
    html = read("[a](quickstart.md) [b](progress.md#poll) [c](decisions/0001-x.md) [d](/docs)")
    assert 'href="/docs/guides/quickstart/"' in html
    assert 'href="/docs/guides/progress/#poll"' in html
    assert re.search(r" c <a", html)
    assert 'href="/docs"' in html


def test_a_column_without_a_name_has_no_header():
    html = read("| a | |\n|---|---|\n| 1 | 2 |")
    assert html.count("<th") - html.count("<thead") == 1


def test_headings_of_one_name_have_two_addresses():
    guide = read_guide("# T\n\nLead `x`.\n\n## Same\n\n### More\n\n## Same\n", guides=())
    assert [name for name, _ in guide.sections] == ["same", "same-"]
    assert guide.lead == "Lead x."


def test_the_image_of_the_server_has_the_guides():
    assert "!docs/*.md" in (ROOT / ".dockerignore").read_text().splitlines()
