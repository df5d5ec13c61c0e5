"""All five flavours of the standard security handler (7.6.4), in files of every kind."""

from __future__ import annotations

import io
import tempfile

import numpy as np
import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark import encrypting
from documents.tests.watermark.marking import notices, outcome
from documents.tests.watermark.pdfs.pages import (
    OBJECTS,
    as_it_should_look,
    problems,
    without_encryption,
)
from documents.tests.watermark.pdfs.writing import file_of
from documents.tests.watermark.rendering import rendered
from documents.watermark.errors import Encrypted
from documents.watermark.reading.pdf_file import PdfFile
from documents.watermark.syntax.lexer import reference_number

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


def encrypted(flavour: str, mode: str, user: str, objects: dict[int, bytes] | None = None) -> bytes:
    """The plain page with a string in its dictionary, or these objects, encrypted by qpdf."""
    out = io.BytesIO()
    page = OBJECTS[4][:-2] + b"/Secret(keep me)>>"
    with pikepdf.open(io.BytesIO(file_of(objects or {**OBJECTS, 4: page}))) as pdf:
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


@pytest.mark.filterwarnings("ignore:Encryption R=5")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_strings_that_move_into_a_form(flavour, mode):
    """A palette in the page's resources is encrypted by the number of the form that has it then."""
    content = b"/CS0 cs 1 sc 20 20 100 100 re f 2 sc 280 180 100 100 re f (never ends"
    palette = b"[/Indexed/DeviceRGB 2(\\000\\000\\000\\377\\000\\000\\000\\377\\000)]"
    page = b"<<%s/Resources<</ColorSpace<</CS0%s>>>>>>" % (
        OBJECTS[4][2:-2].replace(b"/Resources 5 0 R", b""),
        palette,
    )
    before = encrypted(flavour, mode, "", {**OBJECTS, 3: builders.stream(content), 4: page})
    after, result = outcome(before)
    assert notices(result) == {"content_isolated"}
    shown = rendered(after)
    assert tuple(shown[250, 50]) == (255, 0, 0)
    assert tuple(shown[50, 330]) == (0, 255, 0)


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("revision", [4, 6])
def test_metadata_that_are_left_in_the_clear(revision, metadata):
    """Everybody is to find the document by them (EncryptMetadata, table 21)."""
    with tempfile.TemporaryFile() as stream:
        stream.write(encrypting.encrypted(revision, True, metadata=metadata))
        stream.flush()
        with PdfFile(stream) as file:
            root = file.dictionary(file.trailer[b"/Root"])
            assert root is not None
            number = reference_number(root.get(b"/Metadata"))
            assert number is not None
            entries = file.stream_dictionary(number)
            assert entries is not None
            assert file.raw_stream(number, entries) == b"<x/>"
            assert (b"<x/>" in file.data[:]) is not metadata
