"""A call as a program in Python, with ``requests``."""

from __future__ import annotations

import json
from typing import Any

from config.api.samples.call import JSON, URLENCODED, Call, Part

WIDTH = 88


def python(call: Call) -> str:
    """Return the program; the key is in the environment."""
    arguments = [
        f'"{call.method}"',
        _address(call),
        *_headers(call),
        *_body(call),
    ]
    after = "print(response.json())" if call.has_answer else "print(response.status_code)"
    if call.saved_as:
        after = f"Path({_text(call.saved_as)}).write_bytes(response.content)"
    uses_files = call.saved_as or call.file or any(part.is_file for part in call.parts)
    return "\n".join(
        [
            *(["import json"] if any(part.json is not None for part in call.parts) else []),
            *(["import os"] if call.needs_key or not call.server else []),
            *(["from pathlib import Path"] if uses_files else []),
            "",
            "import requests",
            "",
            "response = requests.request(",
            *(f"    {argument}," for argument in arguments),
            ")",
            "response.raise_for_status()",
            after,
        ]
    )


def _address(call: Call) -> str:
    if call.server:
        return _text(call.server + call.target)
    return f'os.environ["COUNTERMARK_URL"] + {_text(call.target)}'


def _headers(call: Call) -> list[str]:
    headers = [f"{_text(name)}: {_text(value)}" for name, value in call.headers.items()]
    if call.needs_key:
        headers.insert(0, '"Authorization": f"Bearer {os.environ[\'COUNTERMARK_KEY\']}"')
    if call.file:
        headers.append(f'"Content-Type": {_text(call.media_type)}')
    if len(headers) > 1:
        return ["headers={\n" + "".join(f"        {header},\n" for header in headers) + "    }"]
    return [f"headers={{{headers[0]}}}"] if headers else []


def _body(call: Call) -> list[str]:
    if call.media_type == JSON:
        return [f"json={_literal(call.json, 4)}"]
    if call.file:
        return [f"data=Path({_text(call.file)}).read_bytes()"]
    if call.media_type == URLENCODED:
        return [f"data={_literal({part.name: part.text for part in call.parts}, 4)}"]
    if call.parts:
        return ["files=[\n" + "".join(f"        {_part(p)},\n" for p in call.parts) + "    ]"]
    return []


def _part(part: Part) -> str:
    if part.is_file:
        name = _text(part.text)
        return f"({_text(part.name)}, ({name}, Path({name}).read_bytes()))"
    text = _text(part.text) if part.json is None else f"json.dumps({_literal(part.json, 8)})"
    return f"({_text(part.name)}, (None, {text}))"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _literal(value: Any, indent: int) -> str:
    """Return a value as Python has it: on one line if it fits, else on one for each item."""
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict | list):
        return repr(value)
    deeper = indent + 4
    if isinstance(value, dict):
        items = [f"{_text(key)}: {_literal(each, deeper)}" for key, each in value.items()]
        opening, closing = "{", "}"
    else:
        items, opening, closing = [_literal(each, deeper) for each in value], "[", "]"
    flat = f"{opening}{', '.join(items)}{closing}"
    if len(flat) + indent <= WIDTH and "\n" not in flat:
        return flat
    lines = "".join(f"{' ' * deeper}{item},\n" for item in items)
    return f"{opening}\n{lines}{' ' * indent}{closing}"
