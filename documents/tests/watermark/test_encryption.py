"""The security handler against what qpdf encrypts, and its own output against qpdf and pypdf."""

from __future__ import annotations

import io

import pikepdf
import pypdf
import pytest

from documents.tests import builders
from documents.tests.watermark import encrypting
from documents.tests.watermark.encrypting import FLAVOURS, encrypted, opened
from documents.watermark.errors import Encrypted
from documents.watermark.reading.encryption import passwords, security_handler
from documents.watermark.reading.encryption.ciphers import rc4
from documents.watermark.reading.pdf_file import PdfFile
from documents.watermark.syntax.unreadable import Unreadable

LATIN = "näh €"
GREEK = "κωδικός"


def numbers(data: bytes, password: str) -> tuple[int, int, int]:
    """The numbers of the page's content, the metadata and the document information."""
    with pikepdf.open(io.BytesIO(data), password=password) as pdf:
        objects = pdf.pages[0].Contents, pdf.Root.Metadata, pdf.docinfo
        return tuple(each.objgen[0] for each in objects)


def assert_read(data: bytes, password: str, *, known: str | None = None) -> None:
    handler = opened(data, password, known=known)
    content, metadata, info = numbers(data, password if known is None else known)
    raw = encrypting.raw_stream(data, content)
    assert raw != builders.TEXT
    assert handler.decrypt_stream(content, 0, raw) == builders.TEXT
    assert handler.decrypt_stream(content, 0, raw, "Identity") == raw
    xmp = encrypting.raw_stream(data, metadata)
    assert (xmp == b"<x/>") is not handler.encrypt_metadata
    assert handler.decrypt_stream(
        metadata, 0, xmp, None if handler.encrypt_metadata else "Identity"
    )


@pytest.mark.parametrize(("revision", "aes"), FLAVOURS)
@pytest.mark.parametrize(("user", "owner"), [("", "owner"), ("user", "owner"), ("same", "same")])
def test_reads_what_qpdf_encrypts(revision, aes, user, owner):
    data = encrypted(revision, aes, user=user, owner=owner)
    assert_read(data, user)
    assert_read(data, owner)
    assert opened(data, owner).is_owner
    assert opened(data, user).is_owner is (user == owner)


@pytest.mark.parametrize(("revision", "aes"), FLAVOURS)
def test_strings(revision, aes):
    data = encrypted(revision, aes)
    handler = opened(data, "")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number, title = pdf.docinfo.objgen[0], str(pdf.docinfo["/Title"])
    ours = handler.encrypt_string(number, 0, title.encode())
    assert handler.decrypt_string(number, 0, ours) == b"A title"
    again = encrypting.updated(data, {number: b"<</Title<%s>>>" % ours.hex().encode()})
    with pikepdf.open(io.BytesIO(again)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "A title"
        assert not pdf.get_warnings()


@pytest.mark.parametrize(("revision", "aes"), FLAVOURS)
@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 5000])
def test_others_read_what_we_encrypt(revision, aes, length):
    data = encrypted(revision, aes, user="user")
    handler = opened(data, "user")
    content = numbers(data, "user")[0]
    text = b"q Q " * (length // 4) + b"q Q "[: length % 4]
    ours = handler.encrypt_stream(content, 0, text)
    assert ours == handler.encrypt_stream(content, 0, text)
    assert handler.decrypt_stream(content, 0, ours) == text
    again = encrypting.updated(data, {content: builders.stream(ours)})
    with pikepdf.open(io.BytesIO(again), password="user") as pdf:
        assert pdf.pages[0].Contents.read_bytes() == text
    if length:
        page = pypdf.PdfReader(io.BytesIO(again), password="user").pages[0]
        assert page["/Contents"].get_data() == text


def test_equal_data_in_different_objects_is_encrypted_differently():
    for revision in (4, 6):
        handler = opened(encrypted(revision, True), "")
        assert handler.encrypt_stream(5, 0, b"data") != handler.encrypt_stream(6, 0, b"data")
        assert handler.encrypt_stream(5, 0, b"data") != handler.encrypt_stream(5, 0, b"dato")


@pytest.mark.parametrize(("revision", "aes"), FLAVOURS)
def test_wrong_and_missing_passwords(revision, aes):
    data = encrypted(revision, aes, user="user")
    for password in ("", "wrong", "User", GREEK, "user" * 40):
        with pytest.raises(Encrypted):
            opened(data, password, known="user")
    with pytest.raises(Encrypted):
        security_handler(*encrypting.entries(data, "user"), None)


def test_a_needless_password_does_no_harm():
    assert_read(encrypted(6, True), "needless", known="")


@pytest.mark.parametrize("revision", [5, 6])
def test_passwords_beyond_ascii(revision):
    for password in (LATIN, GREEK, "x" * 127):
        assert_read(encrypted(revision, True, user=password), password, known="owner")


def test_passwords_of_old_revisions_are_in_pdfdocencoding():
    assert passwords.candidates(LATIN, 3)[0] == b"n\xe4h \xa0"
    assert_read(encrypted(3, False, user=LATIN), LATIN, known="owner")
    assert passwords.candidates("ł“", 4)[0] == b"\x9b\x8d"
    assert passwords.candidates("˜ž", 4)[0] == b"\x1f\x9e"


def test_passwords_of_new_revisions_are_prepared():
    assert passwords.candidates("ﬁ\u00ad\u00a0Ⅸ", 6)[0] == b"fi IX"
    assert passwords.candidates("plain", 6) == [b"plain"]
    assert passwords.candidates("a\u0007ﬁ", 6) == ["a\u0007ﬁ".encode()]


@pytest.mark.parametrize("revision", [4, 6])
def test_metadata_in_clear(revision):
    data = encrypted(revision, True, metadata=False)
    assert not opened(data, "").encrypt_metadata
    assert_read(data, "")


def test_dictionaries_are_read_from_files(tmp_path):
    path = tmp_path / "in.pdf"
    for revision, aes in FLAVOURS:
        path.write_bytes(encrypted(revision, aes, user="user"))
        with path.open("rb") as stream, PdfFile(stream, "user") as file:
            assert file.security.permissions < 0
        with path.open("rb") as stream, pytest.raises(Encrypted):
            PdfFile(stream, None)


def test_permissions():
    data = encrypted(6, True)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert opened(data, "").permissions == pdf.encryption.P < 0
    dictionary, first_id = encrypting.entries(data, "")
    dictionary["P"] += 1 << 32
    assert security_handler(dictionary, first_id, None).permissions == dictionary["P"] - (1 << 32)


@pytest.mark.parametrize("length", [b"64", b"8", None, b"40"])
def test_key_lengths_are_found_out(length):
    """40 bits whatever the dictionary says: the password's check tells."""
    dictionary, first_id = encrypting.entries(encrypted(2, False), "")
    dictionary |= {"V": 2, "Length": int(length)} if length else {"V": 2}
    assert security_handler(dictionary, first_id, None)


def test_rc4_of_any_key_length():
    """RFC 6229's first bytes for keys of 56, 80 and 192 bits; 104 bits are our own."""
    expected = {7: "293f02d47f37c9b6", 10: "ede3b04643e586cc", 24: "0595e57fe5f0bb3c"}
    for length, stream in expected.items():
        assert rc4(bytes(range(1, length + 1)), bytes(8)).hex() == stream
    assert rc4(bytes(13), rc4(bytes(13), b"there and back")) == b"there and back"


def attachments_only() -> tuple[dict[str, object], bytes]:
    dictionary, first_id = encrypting.entries(encrypted(6, True, user="user"), "user")
    return dictionary | {"StmF": "Identity", "StrF": "Identity", "EFF": "StdCF"}, first_id


def test_attachments_alone_need_no_password_but_for_themselves():
    handler = security_handler(*attachments_only(), None)
    assert handler.decrypt_stream(3, 0, b"clear") == b"clear"
    assert handler.encrypt_stream(3, 0, b"clear") == b"clear"
    with pytest.raises(Encrypted):
        handler.decrypt_stream(3, 0, b"attached", "StdCF")
    handler = security_handler(*attachments_only(), "user")
    assert handler.decrypt_stream(3, 0, bytes(32), "StdCF") != bytes(32)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Filter": "Adobe.PubSec"}, Encrypted),
        ({"Filter": None}, Encrypted),
        ({"V": 3}, Unreadable),
        ({"V": [1]}, Unreadable),
        ({"R": 7}, Unreadable),
        ({"R": 4}, Unreadable),
        ({"P": b"-4"}, Unreadable),
        ({"U": b"short"}, Unreadable),
        ({"O": 5}, Unreadable),
        ({"UE": b""}, Unreadable),
        ({"CF": {}}, Unreadable),
        ({"CF": {"StdCF": {"CFM": "AESV2"}}}, Unreadable),
        ({"CF": {"StdCF": {"CFM": ["AESV3"]}}}, Unreadable),
        ({"StmF": ["StdCF"]}, Unreadable),
    ],
)
def test_dictionaries_that_cannot_be_used(change, error):
    dictionary, first_id = encrypting.entries(encrypted(6, True), "")
    with pytest.raises(error):
        security_handler(dictionary | change, first_id, None)
    with pytest.raises(Unreadable):
        security_handler({}, b"", None)


def test_crypt_filters_of_streams():
    handler = opened(encrypted(6, True), "")
    assert handler.decrypt_stream(3, 0, b"clear", "Identity") == b"clear"
    with pytest.raises(Unreadable):
        handler.decrypt_stream(3, 0, b"clear", "Unheard")


def test_damaged_blocks():
    handler = opened(encrypted(6, True), "")
    whole = handler.encrypt_stream(3, 0, b"x" * 40)
    assert handler.decrypt_stream(3, 0, whole + b"\n") == b"x" * 40
    assert handler.decrypt_stream(3, 0, whole[:-20])[:16] == b"x" * 16
    assert handler.decrypt_stream(3, 0, whole[:10]) == b""
