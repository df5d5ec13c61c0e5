"""Every page's address, found by walking the resolver; the admin and the API apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser

from django.urls import URLPattern, URLResolver, get_resolver, reverse

APART = ("admin/", "^admin/r/", "api/v1/", "^api/")
Patterns = Sequence[URLPattern | URLResolver]


@dataclass(frozen=True)
class Page:
    """One address; ``keys`` are the names of what its path asks for."""

    name: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def address(self, ids: dict[str, str]) -> str:
        """Return the path with these ids."""
        return reverse(self.name, kwargs=ids)


@cache
def every_page() -> tuple[Page, ...]:
    """Return all pages."""
    return tuple(_pages(get_resolver().url_patterns))


def _pages(patterns: Patterns, namespace: str = "") -> Iterator[Page]:
    for each in patterns:
        if str(each.pattern) in APART:
            continue
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _pages(each.url_patterns, inner)
            continue
        assert each.name, f"{each} has no name: the sweep cannot ask for it"
        yield Page(namespace + each.name, tuple(each.pattern.regex.groupindex))


@dataclass
class Form:
    """A form of a page: where it goes, and what it sends."""

    action: str
    method: str
    fields: dict[str, str]


class Forms(HTMLParser):
    """Reads the forms of a page: ``Forms.of(text)``."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    @classmethod
    def of(cls, text: str) -> list[Form]:
        """Return all forms of a page."""
        parser = cls()
        parser.feed(text)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the last one."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").upper(), {}))
        elif tag in ("input", "button", "select", "textarea", "option") and self.found:
            if name := given.get("name"):
                self.found[-1].fields[name] = given.get("value", "")
