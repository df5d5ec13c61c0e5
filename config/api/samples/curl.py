"""A call as a command line of curl."""

from __future__ import annotations

import json
import shlex

from config.api.samples.call import JSON, URLENCODED, Call, Part


def curl(call: Call) -> str:
    """Return the command; the key is in the environment."""
    how = "" if call.method == ("POST" if _has_body(call) else "GET") else f"-X {call.method} "
    words = [f'curl {how}"{call.server or "$COUNTERMARK_URL"}{call.target}"']
    if call.needs_key:
        words.append('-H "Authorization: Bearer $COUNTERMARK_KEY"')
    words += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    words += _body(call)
    if call.saved_as:
        words.append(f"-o {call.saved_as}")
    return " \\\n  ".join(words)


def _has_body(call: Call) -> bool:
    return bool(call.media_type)


def _body(call: Call) -> list[str]:
    if call.media_type == JSON:
        text = json.dumps(call.json, ensure_ascii=False)
        return ['-H "Content-Type: application/json"', f"-d {shlex.quote(text)}"]
    if call.file:
        return [f'-H "Content-Type: {call.media_type}"', f"--data-binary @{call.file}"]
    if call.media_type == URLENCODED:
        return [f"--data-urlencode {shlex.quote(f'{p.name}={p.text}')}" for p in call.parts]
    return [_form_field(part) for part in call.parts]


def _form_field(part: Part) -> str:
    if part.is_file:
        return f"-F {shlex.quote(f'{part.name}=@{part.text}')}"
    return f"--form-string {shlex.quote(f'{part.name}={part.text}')}"
