"""A call as a module in JavaScript, with ``fetch`` (Node 18 or later)."""

from __future__ import annotations

import json

from config.api.samples.call import JSON, MULTIPART, URLENCODED, Call, Part


def javascript(call: Call) -> str:
    """Return the module; the key is in the environment."""
    lines = _imports(call)
    if call.media_type == MULTIPART:
        lines += ["const form = new FormData();", *map(_part, call.parts), ""]
    lines += [f"const response = await fetch({_address(call)}, {{"]
    lines += [
        f"  {option}," for option in (f'method: "{call.method}"', *_headers(call), *_body(call))
    ]
    lines += ["});", "if (!response.ok) throw new Error(await response.text());"]
    if call.saved_as:
        saved = json.dumps(call.saved_as)
        lines.append(f"await writeFile({saved}, Buffer.from(await response.arrayBuffer()));")
    else:
        lines.append(
            f"console.log({'await response.json()' if call.has_answer else 'response.status'});"
        )
    return "\n".join(lines)


def _address(call: Call) -> str:
    if call.server:
        return _text(call.server + call.target)
    return f"`${{process.env.COUNTERMARK_URL}}{call.target}`"


def _imports(call: Call) -> list[str]:
    names = []
    if call.file or any(part.is_file for part in call.parts):
        names.append("readFile")
    if call.saved_as:
        names.append("writeFile")
    return [f'import {{ {", ".join(names)} }} from "node:fs/promises";', ""] if names else []


def _headers(call: Call) -> list[str]:
    headers = [f"{_key(name)}: {_text(value)}" for name, value in call.headers.items()]
    if call.needs_key:
        headers.insert(0, "Authorization: `Bearer ${process.env.COUNTERMARK_KEY}`")
    if call.media_type == JSON or call.file:
        headers.append(f'"Content-Type": {_text(call.media_type)}')
    if len(headers) > 1:
        return ["headers: {\n" + "".join(f"    {header},\n" for header in headers) + "  }"]
    return [f"headers: {{ {headers[0]} }}"] if headers else []


def _body(call: Call) -> list[str]:
    if call.media_type == JSON:
        text = json.dumps(call.json, ensure_ascii=False, indent=2)
        return [f"body: JSON.stringify({text.replace(chr(10), chr(10) + '  ')})"]
    if call.file:
        return [f"body: await readFile({_text(call.file)})"]
    if call.media_type == URLENCODED:
        fields = ", ".join(f"{_key(part.name)}: {_text(part.text)}" for part in call.parts)
        return [f"body: new URLSearchParams({{ {fields} }})"]
    return ["body: form"] if call.parts else []


def _part(part: Part) -> str:
    name = _text(part.name)
    if part.is_file:
        file = _text(part.text)
        return f"form.append({name}, new Blob([await readFile({file})]), {file});"
    if part.json is not None:
        return f"form.append({name}, JSON.stringify({json.dumps(part.json, ensure_ascii=False)}));"
    return f"form.append({name}, {_text(part.text)});"


def _key(name: str) -> str:
    return name if name.isidentifier() else _text(name)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
