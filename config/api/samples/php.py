"""A call as a program in PHP, with its extension for curl."""

from __future__ import annotations

from typing import Any

from config.api.samples.call import JSON, MULTIPART, Call, Part, Untellable

METHOD = {"POST": "CURLOPT_POST => true"}


def php(call: Call) -> str:
    """Return the program; the key is in the environment. Raises Untellable."""
    options = [*_method(call), *_headers(call), *_body(call)]
    options += ["CURLOPT_RETURNTRANSFER => true"]
    lines = [
        "<?php",
        f"$request = curl_init({_address(call)});",
        "curl_setopt_array($request, [",
        *(f"    {option}," for option in options),
        "]);",
        "$answer = curl_exec($request);",
        "if ($answer === false || curl_getinfo($request, CURLINFO_RESPONSE_CODE) >= 400) {",
        "    throw new RuntimeException($answer ?: curl_error($request));",
        "}",
        "print_r(json_decode($answer, true));" if call.has_answer else "print('Done');",
    ]
    return "\n".join(lines)


def _address(call: Call) -> str:
    if call.server:
        return _text(call.server + call.target)
    return f"getenv('COUNTERMARK_URL') . {_text(call.target)}"


def _method(call: Call) -> list[str]:
    if call.method == "GET":
        return []
    return [METHOD.get(call.method, f"CURLOPT_CUSTOMREQUEST => {_text(call.method)}")]


def _headers(call: Call) -> list[str]:
    headers = [_text(f"{name}: {value}") for name, value in call.headers.items()]
    if call.needs_key:
        headers.insert(0, "'Authorization: Bearer ' . getenv('COUNTERMARK_KEY')")
    if call.media_type == JSON:
        headers.append(_text(f"Content-Type: {JSON}"))
    if not headers:
        return []
    lines = "".join(f"        {header},\n" for header in headers)
    return [f"CURLOPT_HTTPHEADER => [\n{lines}    ]"]


def _body(call: Call) -> list[str]:
    if call.media_type == JSON:
        return [f"CURLOPT_POSTFIELDS => json_encode({_literal(call.json, 4)})"]
    if call.media_type == MULTIPART:
        # An array has each key once.
        if len({part.name for part in call.parts}) < len(call.parts):
            raise Untellable("PHP's curl sends no field twice")
        lines = "".join(f"        {_part(part)},\n" for part in call.parts)
        return [f"CURLOPT_POSTFIELDS => [\n{lines}    ]"]
    if call.media_type or call.file or call.saved_as:
        raise Untellable(call.media_type)
    return []


def _part(part: Part) -> str:
    value = f"new CURLFile({_text(part.text)})" if part.is_file else _text(part.text)
    return f"{_text(part.name)} => {value}"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _literal(value: Any, indent: int) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict) and not value:
        return "new stdClass()"
    deeper = indent + 4
    if isinstance(value, dict):
        items = [f"{_text(key)} => {_literal(each, deeper)}" for key, each in value.items()]
    elif isinstance(value, list):
        items = [_literal(each, deeper) for each in value]
    else:
        return repr(value)
    lines = "".join(f"{' ' * deeper}{item},\n" for item in items)
    return f"[\n{lines}{' ' * indent}]" if items else "[]"
