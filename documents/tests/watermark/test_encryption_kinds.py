"""All five flavours of the standard security handler (7.6.4), in files of every kind."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pytest

from documents.tests.watermark.marking import outcome
from documents.tests.watermark.pdfs.pages import (
    OBJECTS,
    as_it_should_look,
    problems,
    without_encryption,
)
from documents.tests.watermark.pdfs.writing import file_of
from documents.tests.watermark.rendering import rendered
from documents.watermark.errors import Encrypted

FLAVOURS = {
    "rc4_40": {"R": 2, "aes": False, "metadata": False},
    "rc4_128": {"R": 3, "aes": False, "metadata": False},
    "rc4_128_with_crypt_filters": {"R": 4, "aes": False, "metadata": False},
    "aes_128": {"R": 4, "aes": True},
    "aes_256_before_the_standard": {"R": 5, "aes": True},
    "aes_256": {"R": 6, "aes": True},
}
MODES = {
    "table": pikepdf.ObjectStreamMode.disable,
    "packed": pikepdf.ObjectStreamMode.generate,
}


def encrypted(flavour: str, mode: str, user: str) -> bytes:
    """The plain page with a string in its dictionary, encrypted by qpdf."""
    out = io.BytesIO()
    page = OBJECTS[4][:-2] + b"/Secret(keep me)>>"
    with pikepdf.open(io.BytesIO(file_of({**OBJECTS, 4: page}))) as pdf:
        how = pikepdf.Encryption(user=user, owner="owner", **FLAVOURS[flavour])
        pdf.save(out, encryption=how, object_stream_mode=MODES[mode])
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:Encryption R=5")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(("user", "given"), [("", None), ("sesame", "sesame"), ("", "owner")])
def test_encrypted(flavour, mode, user, given):
    before = encrypted(flavour, mode, user)
    after, result = outcome(before, password=given)
    assert problems(after, given) == []
    with pikepdf.open(io.BytesIO(after), password=given or "") as pdf:
        assert pdf.is_encrypted
        assert pdf.encryption.R == FLAVOURS[flavour]["R"]
        assert str(pdf.pages[0].Secret) == "keep me"
    for password in {given or "", user, "owner"}:
        shown = without_encryption(after, password)
        assert np.array_equal(rendered(shown), as_it_should_look(None))
    assert result.pages == 1


@pytest.mark.filterwarnings("ignore:Encryption R=5")
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_password_is_needed(flavour):
    before = encrypted(flavour, "packed", "sesame")
    for given in (None, "", "wrong", "öäü", "x" * 500):
        with pytest.raises(Encrypted):
            outcome(before, password=given)
