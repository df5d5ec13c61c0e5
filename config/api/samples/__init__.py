"""``x-codeSamples``: each operation called by curl, Python and JavaScript, from its examples."""

from __future__ import annotations

from typing import Any

from config.api.samples.call import Call, call_of
from config.api.samples.curl import curl
from config.api.samples.javascript import javascript
from config.api.samples.php import php
from config.api.samples.python import python
from config.api.samples.ruby import ruby

LANGUAGES = {
    "curl": ("Shell", curl),
    "Python": ("Python", python),
    "JavaScript": ("JavaScript", javascript),
}


def code_samples(
    method: str, path: str, operation: dict[str, Any], document: dict[str, Any]
) -> list[dict[str, str]]:
    """Return the samples as ReDoc shows them."""
    call = call_of(method, path, operation, document)
    return [
        {"lang": language, "label": label, "source": write(call)}
        for label, (language, write) in LANGUAGES.items()
    ]


def snippets(call: Call) -> dict[str, str]:
    """Return a program for each of five languages; raises Untellable."""
    written = [(label, write) for label, (_, write) in LANGUAGES.items()]
    return {label: write(call) for label, write in (*written, ("PHP", php), ("Ruby", ruby))}
