"""A guide's Markdown as HTML: headings with addresses, links to other guides, boxes for code.

HTML in the Markdown is not let through (it would be shown), so what comes out has only the elements
that Markdown has; comments, which our tests read, are taken out before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

COMMENT = re.compile(r"^ *<!--.*?-->\n", re.M | re.S)
LANGUAGES = {
    "": "Shell",
    "sh": "Shell",
    "python": "Python",
    "js": "JavaScript",
    "json": "JSON",
    "http": "HTTP",
}
PLACEHOLDER = "https://countermark.example"


@dataclass(frozen=True)
class GuideText:
    """What a guide's page shows: ``sections`` are the addresses and titles within it."""

    title: str
    lead: str
    html: SafeString
    sections: tuple[tuple[str, str], ...]

    def on(self, origin: str) -> SafeString:
        """Return the HTML with the server that is asked in the place of the example's."""
        return mark_safe(self.html.replace(PLACEHOLDER, escape(origin)))  # noqa: S308 - escaped


def read_guide(markdown: str, *, guides: Sequence[str]) -> GuideText:
    """Return a guide's text; links to documents that are none of ``guides`` are plain words."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    tokens = parser.parse(COMMENT.sub("", markdown))
    title, tokens = tokens[1].content, tokens[3:]
    sections = tuple(_name_headings(tokens))
    _empty_headers_are_cells(tokens)
    for token in tokens:
        token.children = _led_elsewhere(token.children or [], guides) if token.children else None
    html = parser.renderer.render(tokens, parser.options, {})
    lead = next((each.content for each in tokens if each.type == "inline"), "")
    return GuideText(title, _first_sentence(lead), mark_safe(html), sections)  # noqa: S308 - no HTML passes


def _name_headings(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Give each heading an address; return those of the second level."""
    found, used = [], set()
    for opening, inline in zip(tokens, tokens[1:], strict=False):
        if opening.type != "heading_open":
            continue
        words = _plain(inline.content)
        name = slugify(words) or "section"
        while name in used:
            name += "-"
        used.add(name)
        opening.attrSet("id", name)
        if opening.tag == "h2":
            found.append((name, words))
    return found


def _empty_headers_are_cells(tokens: Sequence[Token]) -> None:
    """A column without a name has no header: screen readers would announce an empty one."""
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not inline.content:
            opening.tag = closing.tag = "td"


def _first_sentence(text: str) -> str:
    """Return how a guide begins, without the decision that it may name."""
    text = re.sub(r" \(\[[^\]]*\]\(decisions/[^)]*\)\)", "", text)
    return re.split(r"(?<=[.:;]) |(?<=[.:;])\n", _plain(text))[0].rstrip(".:;") + "."


def _plain(text: str) -> str:
    """Return a line of Markdown without its marks."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "").replace("**", "")


def _led_elsewhere(children: Sequence[Token], guides: Sequence[str]) -> list[Token]:
    """Return a line's tokens with links between guides as they are on the site."""
    kept: list[Token] = []
    dropped: list[bool] = []
    for token in children:
        if token.type == "link_open":
            address = _address_of(str(token.attrGet("href")), guides)
            dropped.append(address is None)
            if address is None:
                continue
            token.attrSet("href", address)
        elif token.type == "link_close" and dropped.pop():
            continue
        kept.append(token)
    return kept


def _address_of(link: str, guides: Sequence[str]) -> str | None:
    path, sharp, section = link.partition("#")
    if not path or path.startswith(("/", "http:", "https:")):
        return link
    slug = path.removesuffix(".md")
    return f"/docs/guides/{slug}/{sharp}{section}" if slug in guides else None


def _fence(renderer: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:
    """Draw code: whoever has no mouse can scroll it, too."""
    language = LANGUAGES.get(tokens[at].info.strip(), "Text")
    return (
        f'<figure class="guide-code"><figcaption>{language}</figcaption>'
        f'<pre tabindex="0" aria-label="{language}"><code>{escape(tokens[at].content)}</code></pre>'
        "</figure>\n"
    )


def _table_open(*_: Any) -> str:
    return '<div class="guide-table" tabindex="0" role="group" aria-label="Table"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>"
