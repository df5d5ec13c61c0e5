"""Text and pictures as pages, seen on rendered pixels."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from documents.formats.picture_pages import write_picture_page
from documents.formats.text import rows_of
from documents.formats.text_pages import write_text_pages
from documents.formats.written_pdf import write_pdf
from documents.tests.formats.files import page_picture, picture, text_of, turned_photograph
from documents.watermark.errors import TooManyPages, UnsupportedImage


def pages_of_text(text: str, max_pages: int = 100) -> tuple[bytes, tuple]:
    file = io.BytesIO()
    notices = write_text_pages(text, file, max_pages=max_pages, title="Notes")
    return file.getvalue(), notices


def page_of_picture(data: bytes) -> bytes:
    file = io.BytesIO()
    write_picture_page(io.BytesIO(data), file, title="Photo")
    return file.getvalue()


def written(content: str, title: str = "Offer") -> bytes:
    file = io.BytesIO()
    write_pdf(title=title, content=content, target=file, max_pages=100)
    return file.getvalue()


def size_of(pdf: bytes) -> tuple[float, float]:
    return pypdfium2.PdfDocument(pdf)[0].get_size()


def test_a_text_is_kept_row_by_row_with_its_indents():
    pdf, notices = pages_of_text("first\n    indented\n\n" + "x" * 150 + "\nlast")
    rows = text_of(pdf).split("\r\n")
    assert [row.strip() for row in rows if row.strip()] == [
        "first",
        "indented",
        "x" * 101,
        "x" * 49,
        "last",
    ]
    assert notices == ()
    assert size_of(pdf) == pytest.approx((595.28, 841.89), abs=0.1)
    # The second row begins four letters further to the right.
    ink = page_picture(pdf).convert("L").point(lambda value: 255 if value < 128 else 0)
    first, second = (ink.crop((0, top, 595, top + 10)).getbbox()[0] for top in (48, 59))
    assert second - first == pytest.approx(4 * 8.2 * 0.602, abs=2)


def test_form_feeds_tabs_and_breaks_of_every_system():
    assert rows_of("a\r\nb\rc\n") == ["a", "b", "c"]
    assert rows_of("a\fb\f\nc") == ["a", "\f", "b", "\f", "c"]
    assert rows_of("a\tb") == ["a       b"]
    assert rows_of("") == [""]
    pdf, _ = pages_of_text("one\ftwo\n\f\nthree")
    assert [page.strip() for page in text_of(pdf).split("\f")] == ["one", "two", "three"]


def test_a_long_text_goes_over_pages_up_to_the_limit():
    text = "".join(f"row {number}\n" for number in range(200))
    pdf, _ = pages_of_text(text)
    assert len(pypdfium2.PdfDocument(pdf)) == 3
    assert all(f"row {number}" in text_of(pdf) for number in range(200))
    with pytest.raises(TooManyPages) as caught:
        pages_of_text(text, max_pages=2)
    assert caught.value.message == TooManyPages.sentence


def test_what_no_font_draws_is_replaced_and_told():
    pdf, (notice,) = pages_of_text("a \U0001f9ff b \U0001f9ff c")
    assert notice.code == "characters_replaced"
    assert "U+1F9FF" in notice.message
    assert "\ufffd" in text_of(pdf)


def test_equal_texts_are_equal_documents():
    assert pages_of_text("the same")[0] == pages_of_text("the same")[0]
    assert written("the same") == written("the same")


def test_content_is_wrapped_numbered_and_has_its_title():
    pdf = written("A paragraph. " * 700 + "\n\nEnd.")
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("Title") == "Offer"
    assert len(document) == 3
    pages = text_of(pdf).split("\f")
    assert pages[0].lstrip().startswith("1") and "Offer" in pages[0]
    assert "End." in pages[-1]
    # Nothing reaches into the margins.
    for number in range(2):
        ink = page_picture(pdf, number).convert("L").point(lambda value: 255 * (value < 128))
        left, _, right, _ = ink.getbbox()
        assert 60 < left and right < 595 - 60


@pytest.mark.parametrize(
    "text",
    [
        "Ελληνικά, Кириллица, Tiếng Việt",
        "日本語の文章はどこでも折り返すことができます。" * 6,
        "हिन्दी में एक वाक्य",
        "ภาษาไทยไม่มีช่องว่าง",
        "한국어 문장",
    ],
)
def test_other_scripts_can_be_read_again(text):
    found = "".join(text_of(written(text)).split())
    assert "".join(text.split()) in found


def test_scripts_from_the_right_begin_at_the_right():
    pdf = written("שלום עולם, זהו מסמך לדוגמה עם טקסט ארוך מספיק כדי לעבור שורה. " * 3)
    ink = page_picture(pdf).convert("L").point(lambda value: 255 * (value < 128))
    body = ink.crop((0, 115, 595, 700)).getbbox()
    assert body[2] == pytest.approx(595 - 64, abs=3)


@pytest.mark.parametrize(
    ("orientation", "left", "right", "top", "bottom"),
    [
        (1, "red", "blue", None, None),
        (3, "blue", "red", None, None),
        (6, None, None, "red", "blue"),
        (8, None, None, "blue", "red"),
    ],
)
def test_a_photograph_stands_as_it_was_taken(orientation, left, right, top, bottom):
    pdf = page_of_picture(turned_photograph(orientation))
    width, height = size_of(pdf)
    assert (width > height) == (left is not None)
    seen = page_picture(pdf)
    places = {
        left: (0.1, 0.5),
        right: (0.9, 0.5),
        top: (0.5, 0.1),
        bottom: (0.5, 0.9),
    }
    for color, (x, y) in places.items():
        if color:
            red, _, blue = seen.getpixel((int(seen.width * x), int(seen.height * y)))
            assert (red > 200, blue > 200) == (color == "red", color == "blue")


@pytest.mark.parametrize(
    ("size", "dpi", "page"),
    [
        ((2480, 3508), 300, (595.2, 841.9)),  # a scan of A4
        ((4000, 3000), 72, (1190.55, 892.9)),  # a camera
        ((10, 5), 72, (288, 144)),
        ((1, 1), 72, (288, 288)),
        ((3000, 1), 72, (1190.55, 3)),
    ],
)
def test_a_page_has_the_size_of_its_picture_within_bounds(size, dpi, page):
    data = picture("JPEG", size, dpi=(dpi, dpi))
    assert size_of(page_of_picture(data)) == pytest.approx(page, abs=0.5)


def test_a_png_is_stored_as_it_lies_and_a_transparent_one_shows_paper():
    plain = picture("PNG", (50, 50), (10, 200, 30))
    assert page_picture(page_of_picture(plain)).getpixel((100, 100)) == (10, 200, 30)
    clear = picture("PNG", (50, 50), (255, 0, 0, 0), "RGBA")
    assert page_picture(page_of_picture(clear)).getpixel((100, 100)) == (255, 255, 255)
    for mode, color in (("1", 0), ("L", 0), ("P", 0), ("LA", (0, 255)), ("I;16", 0)):
        page = page_of_picture(picture("PNG", (50, 50), color, mode))
        assert page_picture(page).getpixel((100, 100)) == (0, 0, 0), mode


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_broken_picture_is_refused(kind):
    noise = Image.effect_noise((200, 200), 90)
    file = io.BytesIO()
    noise.save(file, kind)
    data = file.getvalue()
    for broken in (data[: len(data) // 2], data[:30]):
        with pytest.raises(UnsupportedImage):
            page_of_picture(broken)
