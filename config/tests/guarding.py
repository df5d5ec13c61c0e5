"""What every answer must carry, whichever layer gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

EXACTLY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
HSTS = "max-age=31536000; includeSubDomains; preload"
# They tell attackers what to look up.
TELLTALE = ("server", "x-powered-by", "via", "x-aspnet-version")
Headers = Mapping[str, Sequence[str]]


def faults_of_headers(headers: Headers, *, over_tls: bool = False) -> list[str]:
    """Return what is wrong with ``headers``, each a list of values by its name in lower case."""
    found = [
        f"{name} is {list(headers.get(name, ()))}"
        for name, value in EXACTLY.items()
        if list(headers.get(name, ())) != [value]
    ]
    found += [f"{name} is told" for name in TELLTALE if name in headers]
    policies = headers.get("content-security-policy", ())
    if len(policies) != 1:
        return [*found, f"{len(policies)} content security policies"]
    directives = {part.strip() for part in policies[0].split(";")}
    if "unsafe" in policies[0] or not directives >= POLICY:
        found.append(f"the content security policy is {policies[0]}")
    if any(re.search(r"(^|\s)(\*|https?:|//)", part) for part in directives):
        found.append(f"other hosts may serve for our pages: {policies[0]}")
    if list(headers.get("strict-transport-security", ())) != ([HSTS] if over_tls else []):
        found.append("no HSTS" if over_tls else "HSTS over plain HTTP (RFC 6797, 7.2)")
    return found


class Inline(HTMLParser):
    """Finds what the policy would not run or draw: ``Inline.of(text)``."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, text: str) -> list[str]:
        """Return every inline script, style and handler of a page."""
        parser = cls()
        parser.feed(text)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        is_data = str(given.get("type", "")).endswith("json")
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.found.append(f"<{tag}>")
        self.found += [
            f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")
        ]
