"""A file that is of no kind that we take is refused as soon as its beginning has arrived."""

from __future__ import annotations

import json

import pytest

from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents.models import Document
from documents.tests.formats.files import EVERY_KIND
from documents.tests.multipart import END, begin, file_form, part

MEBIBYTE = 1024 * 1024


@pytest.fixture
def key(live: Serving, tenant) -> str:
    return make_api_key(tenant)[1]


def test_the_rest_is_not_waited_for(live: Serving, key: str):
    form = file_form(b"MZ\x90\x00" + bytes(100 * MEBIBYTE))
    with begin(live, key, len(form)) as wire:
        answer = wire.send(form[:20_000]).answer()
    assert (answer.status, json.loads(answer.body)["type"]) == (415, "unsupported_format")
    assert not Document.objects.exists()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_comes_through_whatever_it_is_called(live: Serving, key: str, kind: str):
    form = part("file", EVERY_KIND[kind](), "virus.exe") + END
    with begin(live, key, len(form)) as wire:
        answer = wire.send(form).answer()
    assert (answer.status, json.loads(answer.body)["format"]) == (201, kind)
