"""Values that the product takes, for such as the OpenAPI document can only tell in words."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from accounts.outgoing.headers import NAME_LENGTH, problem_of_name
from documents.watermark import check_text
from documents.watermark.errors import UnsupportedText

# What there is of this tenant, by what it is for (fuzz_people.py, fuzz_things.py).
MADE: dict[str, list[str]] = json.loads(os.environ.get("FUZZ_MADE", "{}"))
FEW_DAYS = 7


def mend(value: Any) -> None:
    """Put in place, at any depth, what the product says of values that no pattern can tell."""
    for inner in value if isinstance(value, list) else ():
        mend(inner)
    if isinstance(value, dict):
        if is_mark(value):
            be_one_kind(value)
        for name, inner in value.items():
            value[name] = mended(name, inner)


def mended(name: str, inner: Any) -> Any:
    """Return what may stand for ``inner`` in the field ``name``."""
    if name == "allowed_networks" and isinstance(inner, list):
        return ["203.0.113.0/24"] * bool(inner)
    if name == "page" and isinstance(inner, int | float):
        return 1
    if name == "retention_days" and isinstance(inner, int | float):
        return min(inner, FEW_DAYS)  # what the plan gives
    if name == "header" and isinstance(inner, dict) and "name" in inner:
        inner["name"] = own_header(inner["name"])
    if isinstance(inner, str) and inner.strip() and name in MENDED:
        return MENDED[name](inner)
    mend(inner)
    for layer in inner if name == "layers" and isinstance(inner, list) else ():
        say_something(layer)
    return inner


def is_mark(value: dict[str, Any]) -> bool:
    """Tell whether this is a mark, or a form with its fields."""
    return bool({"watermark_text", "asset"} & value.keys()) or value.get("type") in ("image", "pdf")


def be_one_kind(mark: dict[str, Any]) -> None:
    """Keep of a text, a picture and a page what goes with the ``type``; presets are unknown."""
    mark.pop("preset", None)
    kind = mark.get("type") or "text"
    if kind == "text":
        mark.pop("asset", None)
    elif kind in MADE:
        mark.pop("watermark_text", None)
        mark["asset"] = MADE[kind][0]


def say_something(form: dict[str, Any]) -> None:
    """Let a mark say or show something: the document tells only in words that it must."""
    form.pop("preset", None)
    config = form.get("config")
    if isinstance(config, dict):
        for name in ("type", "asset", "watermark_text"):
            form.pop(name, None)  # beside it they would count more
        say_something(config)
    elif not is_mark(form):
        form["watermark_text"] = "CHAOS"


def logo() -> bytes:
    """Return a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, "PNG")
    return file.getvalue()


def drawable(text: str) -> str:
    """Return ``text`` with an x for each letter that no font of ours has."""
    try:
        check_text(text)
    except UnsupportedText as error:
        kept = "".join("x" if one in error.characters else one for one in text)
        return kept if error.characters else "x"
    return text


def own_header(name: str) -> str:
    """Return the name of a header that is no one of ours."""
    return f"X-{name}"[:NAME_LENGTH] if problem_of_name(name) else name


def within_bounds(length: str) -> str:
    """Return a length with its own unit and spaces, and a small number."""
    return re.sub(r"[+-]?[0-9.]+", "0.5", length)


def be_a_range(query: dict[str, Any]) -> None:
    """Ask for days of which the last does not come before the first, and not for too many."""
    for name in {"since", "until"} & query.keys():
        query[name] = datetime.now(UTC).date().isoformat()


def ago(hours: int) -> str:
    """Return a moment of the last days, which alone can be told again."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")


MENDED: dict[str, Callable[[str], str]] = {
    "watermark_text": drawable,
    **dict.fromkeys(("margin", "offset_x", "offset_y", "gap_x", "gap_y"), within_bounds),
    "pages": lambda text: re.sub("-?[1-9][0-9]*|first|last", "1", text),  # none backwards
    **dict.fromkeys(("url", "webhook_url"), lambda _: "https://hooks.example.com/countermark"),
    # An id, of which font?
    "font_family": lambda text: "sans" if "-" in text else text,
    "password": lambda _: "correct horse battery staple",
    "since": lambda _: ago(2),
    "until": lambda _: ago(1),
    # JSON in a form's field is free text to Schemathesis; as JSON it sends all kinds.
    "tile": lambda _: '{"gap_x": "1cm", "stagger": false}',
    "layers": lambda _: '[{"watermark_text": "{{ page }}"}]',
    "output": lambda _: '{"format": null}',
}
