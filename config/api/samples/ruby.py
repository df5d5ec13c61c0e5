"""A call as a program in Ruby, with its standard library alone."""

from __future__ import annotations

import json
from typing import Any

from config.api.samples.call import JSON, MULTIPART, Call, Part, Untellable


def ruby(call: Call) -> str:
    """Return the program; the key is in the environment. Raises Untellable."""
    lines = [
        'require "json"',
        'require "net/http"',
        "",
        f"uri = URI({_address(call)})",
        f"request = Net::HTTP::{call.method.capitalize()}.new(uri)",
        *_headers(call),
        *_body(call),
        'response = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") do |http|',
        "  http.request(request)",
        "end",
        "abort response.body unless response.is_a?(Net::HTTPSuccess)",
        "puts JSON.pretty_generate(JSON.parse(response.body))"
        if call.has_answer
        else "puts response.code",
    ]
    return "\n".join(lines)


def _address(call: Call) -> str:
    if call.server:
        return _text(call.server + call.target)
    return f'ENV.fetch("COUNTERMARK_URL") + {_text(call.target)}'


def _headers(call: Call) -> list[str]:
    headers = [f"request[{_text(name)}] = {_text(value)}" for name, value in call.headers.items()]
    if call.needs_key:
        key = 'request["Authorization"] = "Bearer #{ENV.fetch("COUNTERMARK_KEY")}"'
        headers.insert(0, key)
    return headers


def _body(call: Call) -> list[str]:
    if call.media_type == JSON:
        return [
            f"request.content_type = {_text(JSON)}",
            f"request.body = JSON.generate({_literal(call.json, 0)})",
        ]
    if call.media_type == MULTIPART:
        lines = "".join(f"  {_part(part)},\n" for part in call.parts)
        return [f'request.set_form([\n{lines}], "multipart/form-data")']
    if call.media_type or call.file or call.saved_as:
        raise Untellable(call.media_type)
    return []


def _part(part: Part) -> str:
    value = f"File.open({_text(part.text)})" if part.is_file else _text(part.text)
    return f"[{_text(part.name)}, {value}]"


def _text(value: str) -> str:
    """Return a text as JSON has it; what Ruby would fill in besides stays as it is."""
    return json.dumps(value, ensure_ascii=False).replace("#", "\\#")


def _literal(value: Any, indent: int) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "nil", True: "true", False: "false"}[value]
    deeper = indent + 2
    if isinstance(value, dict):
        opening, closing = "{", "}"
        items = [f"{_text(key)} => {_literal(each, deeper)}" for key, each in value.items()]
    elif isinstance(value, list):
        opening, closing = "[", "]"
        items = [_literal(each, deeper) for each in value]
    else:
        return repr(value)
    lines = "".join(f"{' ' * deeper}{item},\n" for item in items)
    return f"{opening}\n{lines}{' ' * indent}{closing}" if items else opening + closing
