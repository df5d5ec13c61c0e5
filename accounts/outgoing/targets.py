"""Where a request goes, read from a customer's address once and for all.

What is checked here is what is connected to and what is sent: no second parser may understand the
text in another way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 2000
USUAL_PORTS = {"https": 443, "http": 80}
# Letters, digits and what RFC 3986 lets stand in a path or query; nothing that parsers dispute.
_TAIL = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_IPV6 = re.compile(r"\[[0-9a-f:.]{2,45}\]", re.ASCII)


class BadAddress(ValueError):
    """The text is no address that a request may go to; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """``host`` as names are compared (ASCII, lower case, no brackets), ``tail``: path and query."""

    scheme: str
    host: str
    port: int
    tail: str

    @property
    def authority(self) -> str:
        """What stands in the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == USUAL_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may be shown, since secrets tend to stand behind it."""
        return f"{self.scheme}://{self.authority}"


def read_target(text: str) -> Target:
    """Return where ``text`` leads. Raises BadAddress."""
    if len(text) > LONGEST:
        raise BadAddress(f"The address may have {LONGEST:,} characters.")
    if not text.isprintable() or " " in text or "\\" in text:
        raise BadAddress("The address has a character that may not stand in one.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadAddress("This is not an address of the web.") from None
    if parts.scheme not in USUAL_PORTS or not parts.netloc:
        raise BadAddress("The address must begin with https://.")
    if "@" in parts.netloc:
        raise BadAddress("Put no user name or password into the address; send a header instead.")
    if "#" in text:
        raise BadAddress("The part after # is never sent; leave it out.")
    tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _TAIL.fullmatch(tail):
        raise BadAddress("Write characters that may not stand in an address as %…")
    host = _host(parts.netloc if port is None else parts.netloc.rpartition(":")[0])
    return Target(parts.scheme, host, USUAL_PORTS[parts.scheme] if port is None else port, tail)


def _host(text: str) -> str:
    if _IPV6.fullmatch(text.lower()):
        return text.lower()[1:-1]
    try:
        host = text.encode("idna").decode("ascii").lower() if not text.isascii() else text.lower()
    except UnicodeError:
        host = ""
    # An empty port; the root's dot, which certificates do not have.
    host = host.removesuffix(":").removesuffix(".")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise BadAddress("The address has no host that names can be looked up for.")
    return host
