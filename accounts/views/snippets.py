"""The first call of a program, in five languages, ready to be pasted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts.models import APIKey
from config.api.samples import snippets
from config.api.samples.call import MULTIPART, Call, Part

PREFIX = "cm_live_…"
FILE = "report.pdf"


@dataclass(frozen=True, slots=True)
class FirstCall:
    """Programs that mark a file, by language; ``shown`` is what of the key may be shown."""

    shown: str
    key: APIKey | None
    samples: dict[str, str]


def first_call(keys: Iterable[APIKey], *, named: str = "", made: str | None = None) -> FirstCall:
    """Return the call for the key ``named`` by id, the one just ``made``, or the newest that holds.

    ``keys`` have ``has_ended`` (queries.keys_shown).
    """
    holding = [key for key in keys if not key.has_ended]  # type: ignore[attr-defined] # annotated
    holding.sort(key=lambda key: key.created_at, reverse=True)
    key = next((each for each in holding if str(each.pk) == named), None)
    if made:
        key = next((each for each in holding if made.startswith(each.display[:-1])), key)
    key = key or next(iter(holding), None)
    parts = [
        Part("file", FILE, is_file=True),
        Part("watermark_text", "CONFIDENTIAL"),
        Part("position", "diagonal"),
    ]
    call = Call(
        "POST",
        reverse("api:watermark"),
        True,
        media_type=MULTIPART,
        parts=parts,
        server=settings.PUBLIC_URL.rstrip("/"),
    )
    return FirstCall(key.display if key else PREFIX, key, snippets(call))
