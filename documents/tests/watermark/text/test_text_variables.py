"""Variables in the text of a mark."""

from __future__ import annotations

import pytest

from documents.tests.watermark.rendering import text_of
from documents.tests.watermark.text.drawing import Objects, drawn
from documents.tests.watermark.text.plain_objects import Look
from documents.watermark.errors import BadSpec
from documents.watermark.marks.mark import MarkContext
from documents.watermark.marks.text import TextMark


def test_variables_have_the_values_of_the_page_and_of_the_context():
    context = MarkContext(variables={"recipient.name": "Zoë {{page}}"})
    data = drawn("{{ page }}/{{pages}} {{recipient.name}}", pages=3, context=context)
    assert [text_of(data, page).strip() for page in range(3)] == [
        f"{page}/3 Zoë {{{{page}}}}" for page in (1, 2, 3)
    ]


def test_missing_value_is_a_bad_spec():
    with pytest.raises(BadSpec, match="recipient.email"):
        drawn("{{recipient.email}}")


@pytest.mark.parametrize(
    ("text", "varies"),
    [("A", False), ("{{page}}", True), ("of {{ pages }}", False), ("{{date}} {page}", False)],
)
def test_only_the_page_number_varies(text, varies):
    assert TextMark(Look(text), Objects(), MarkContext()).varies is varies


def test_equal_texts_share_a_form():
    objects = Objects()
    mark = TextMark(Look("of {{pages}}"), objects, MarkContext())
    first = mark.form(1, 9)
    count = len(objects.bodies)
    assert mark.form(7, 9) is first
    assert len(objects.bodies) == count
