"""What is told of documents before they are marked."""

from __future__ import annotations

import io
import json
import tempfile

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark import encrypting
from documents.tests.watermark.encrypting import encrypted
from documents.tests.watermark.marking import marked
from documents.watermark import Inspection, Limits, inspect
from documents.watermark.errors import Damaged, NotAPdf, TooLarge
from documents.watermark.inspection.pages import sample
from documents.watermark.syntax.values import Name, dictionary

GEOMETRY = builders.page_entries()
CATALOG = b"<</Type/Catalog/Pages 2 0 R%s>>"
PICTURE = b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"


def told(data: bytes, **options: object) -> Inspection:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        return inspect(stream, **options)


def codes(found: Inspection) -> set[str]:
    return {notice.code for notice in found.warnings}


ONE_PAGE = {
    1: CATALOG % b"",
    2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
    10: b"<</Type/Page/Parent 2 0 R%s>>" % GEOMETRY,
}


def with_catalog(entries: bytes, more: dict[int, bytes] | None = None) -> bytes:
    return builders.document(ONE_PAGE | {1: CATALOG % entries} | (more or {}))


def drawing(content: bytes, form: bytes = b"", entries: bytes = b"") -> bytes:
    """A page with a picture ``Im`` and a form ``Fm``."""
    resources = b"/Resources<</XObject<</Im 4 0 R/Fm 5 0 R>>/Font<</F1 6 0 R>>>>"
    own = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + resources + entries
    return builders.one_page(
        GEOMETRY + b"/Contents 3 0 R" + resources,
        {
            3: builders.stream(content),
            4: builders.stream(b"\0", PICTURE),
            5: builders.stream(form, own),
            6: builders.FONT,
        },
    )


def test_a_plain_document():
    found = told(builders.plain(pages=3))
    assert (found.pages, found.pages_seen, found.turned) == (3, 3, 0)
    assert found.first_page.size == builders.A4
    assert not found.encrypted and not found.needs_password and not found.signed
    assert "modify_other" in found.allowed
    assert codes(found) == set()


def test_sizes_and_turns():
    found = told(builders.mixed())
    assert found.turned == 2
    assert {(size.width, size.height, size.pages) for size in found.sizes} == {
        (595, 842, 1),
        (1191, 842, 1),
        (200, 120, 1),
        (600, 300, 1),
    }


def test_long_documents_are_sampled():
    assert sample(3, 10) == [0, 1, 2]
    assert sample(101, 5) == [0, 25, 50, 75, 100]
    found = told(builders.plain(pages=1500))
    assert (found.pages, found.pages_seen) == (1500, 1000)
    assert found.sizes[0].pages == 1000


@pytest.mark.parametrize(
    ("make", "name"), [(builders.linearized, "linearized"), (builders.plain, "")]
)
def test_linearized(make, name):
    assert told(make()).linearized is bool(name)


def test_as_json():
    shown = json.loads(
        json.dumps(told(marked(builders.signed(), preserve_signatures="allow")).as_dict())
    )
    assert shown["pages"] == 1
    assert shown["sizes"] == [{"height": 842, "pages": 1, "width": 595}]
    assert shown["signatures"]["names"] == ["Signature"]
    assert {warning["code"] for warning in shown["warnings"]} == {"signed", "already_marked"}
    assert told(builders.plain()) == told(builders.plain())


def test_an_inspection_has_no_other_parts():
    with pytest.raises(TypeError):
        Inspection(1, encrypted=False, needs_password=False, colour="red")


@pytest.mark.parametrize(
    ("user", "password", "needs"),
    [("", None, False), ("", "owner", False), ("user", "user", True), ("", "needless", False)],
)
def test_encryption(user, password, needs):
    found = told(encrypted(6, True, user=user), password=password)
    assert (found.pages, found.encrypted, found.needs_password) == (1, True, needs)


def test_a_missing_password_is_an_answer():
    for password in (None, "wrong"):
        found = told(encrypted(6, True, user="user"), password=password)
        assert (found.pages, found.encrypted, found.needs_password) == (None, True, True)
        assert json.dumps(found.as_dict())


def test_permissions():
    data = encrypted(6, True)
    assert "modify_other" in told(data).allowed
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(builders.plain())) as pdf:
        allow = pikepdf.Permissions(modify_other=False)
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", allow=allow))
    found = told(out.getvalue())
    assert "modify_other" not in found.allowed
    assert "print_highres" in found.allowed
    assert codes(found) == {"not_to_be_changed"}


def test_attachments_alone_encrypted():
    """qpdf asks for a password that nothing but the attachments needs."""
    entries, _ = encrypting.entries(encrypted(6, True, user="user"), "user")
    filters = {"StmF": Name("Identity"), "StrF": Name("Identity"), "EFF": Name("StdCF")}
    entries |= filters | {"Filter": Name("Standard")}
    entries["CF"] = {"StdCF": {"CFM": Name("AESV3"), "AuthEvent": Name("EFOpen")}}
    trailer = b"/Encrypt %s/ID[<00><00>]" % dictionary(entries)
    found = told(builders.document(ONE_PAGE, trailer=trailer))
    assert (found.pages, found.encrypted, found.needs_password) == (1, True, False)


def test_signatures():
    signed = b"/AcroForm<</SigFlags 3/Fields[<</T(a)/FT/Sig/Kids[<</T(b)/V<</Type/Sig>>>>]>>]>>"
    certified = b"/Perms<</DocMDP<</Reference[<</TransformParams<</P 3>>>>]>>>>"
    found = told(with_catalog(signed + certified))
    assert found.signed
    assert (found.signatures.names, found.signatures.certified) == (("a.b",), 3)
    assert codes(found) == {"signed"}
    found = told(with_catalog(b"/Perms<</UR3<</Type/Sig>>>>"))
    assert not found.signed and found.signatures.usage_rights
    assert codes(found) == {"usage_rights"}
    assert not told(builders.with_empty_signature_field()).signed
    assert told(with_catalog(b"/Perms<</DocMDP<<>>>>")).signatures.certified == 2


def test_looped_fields_end():
    looped = {5: b"<</FT/Sig/Kids[5 0 R 5 0 R]>>"}
    assert not told(with_catalog(b"/AcroForm<</Fields[5 0 R]>>", looped)).signed


def test_claims():
    metadata = (
        b'<x xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="2" '
        b'pdfaid:conformance="U"/>'
    )
    for compress in (False, True):
        stream = builders.stream(metadata, b"/Type/Metadata", compress=compress)
        found = told(with_catalog(b"/Metadata 5 0 R", {5: stream}))
        assert (found.pdfa, found.pdfua, found.pdfx) == ("2u", "", "")
        assert codes(found) == {"pdfa"}


def test_tagged():
    assert told(with_catalog(b"/MarkInfo<</Marked true>>/StructTreeRoot<<>>")).tagged
    assert not told(with_catalog(b"/MarkInfo<</Marked true>>")).tagged
    assert not told(with_catalog(b"/MarkInfo<</Marked false>>/StructTreeRoot<<>>")).tagged


WHOLE = b"q 595 0 0 842 0 0 cm /Im Do Q "


@pytest.mark.parametrize(
    ("content", "form", "is_scan"),
    [
        (WHOLE, b"", True),
        (b"q 595 0 0 421 0 0 cm /Im Do Q q 595 0 0 421 0 421 cm /Im Do Q", b"", True),
        (WHOLE + b"BT 3 Tr /F1 9 Tf (hidden) Tj ET", b"", True),
        (WHOLE + b"BT /F1 9 Tf (shown) Tj ET", b"", False),
        (WHOLE + b"BT /F1 9 Tf [(shown)] TJ ET", b"", False),
        (b"q 300 0 0 300 0 0 cm /Im Do Q", b"", False),
        (b"q 5950 0 0 8420 5000 5000 cm /Im Do Q", b"", False),
        (b"/Fm Do", WHOLE, True),
        (b"/Fm Do", WHOLE + b"BT (shown) Tj ET", False),
        (b"/Fm Do", b"/Fm Do", False),
        (b"595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \0 EI", b"", True),
        (b"/Unheard Do /Im Do Do 7 Do cm", b"", False),
        (b"q (x) 0 0 842 0 0 cm /Im Do Q", b"", False),
        (b"", b"", False),
    ],
)
def test_scans(content, form, is_scan):
    found = told(drawing(content, form))
    assert found.scanned_share == is_scan
    assert ("scanned" in codes(found)) is is_scan


def test_content_that_is_too_much_is_no_scan():
    assert told(drawing(WHOLE + b" " * (1 << 20))).scanned_share == 0
    bomb = builders.stream(WHOLE + b" " * (1 << 24), compress=True)
    page = GEOMETRY + b"/Contents 3 0 R"
    assert told(builders.one_page(page, {3: bomb})).scanned_share == 0


def test_active_content():
    script = b"/OpenAction<</S/JavaScript/JS(x)>>"
    found = told(with_catalog(script))
    assert found.active_content == ("scripts",)
    assert codes(found) == {"active_content"}


def test_keys_that_are_no_text():
    assert told(with_catalog(b"/\xe9\xff<</A<</S/Launch>>>>")).active_content == ("programs",)


def test_own_marks():
    assert told(builders.plain()).mark_ids == ()
    assert told(marked(builders.plain())).mark_ids == ("countermark",)


def test_damage():
    assert codes(told(builders.with_shifted_offsets())) == {"repaired"}
    assert codes(told(builders.without_pages())) == {"no_pages"}
    with pytest.raises(Damaged):
        told(builders.truncated())
    with pytest.raises(NotAPdf):
        told(b"PK\x03\x04")
    with pytest.raises(TooLarge):
        told(builders.plain(), limits=Limits(max_source_bytes=10))
