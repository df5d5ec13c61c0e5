"""What a sealed copy overwrites: every version of the pages, and nothing else."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked, outcome
from documents.tests.watermark.pdfs.pages import OBJECTS, as_it_should_look
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated
from documents.tests.watermark.rendering import rendered

SECRET = OBJECTS[4][:-2] + b"/Secret(%s)>>"


@pytest.mark.parametrize("newer", KINDS)
@pytest.mark.parametrize("older", KINDS)
def test_all_versions_of_a_page_are_gone(older, newer):
    data = updated(file_of({**OBJECTS, 4: SECRET % b"first"}, older), {4: SECRET % b"next"}, newer)
    after, result = outcome(data, strength="sealed")
    assert result.method == "append"
    assert np.array_equal(rendered(after), as_it_should_look(None))
    assert b"/Secret" not in after[: len(data)]
    assert len(after) > len(data)


def test_a_history_that_lies():
    """What an old cross-reference calls the page is the content by now: it is not blanked."""
    first = file_of(OBJECTS)
    rows = re.findall(rb"\d{10} \d{5} n ", first)
    first = first.replace(rows[3], rows[2])
    assert first.count(rows[2]) == 2
    data = updated(first, {4: OBJECTS[4]})
    assert np.array_equal(rendered(marked(data, strength="sealed")), as_it_should_look(None))


def test_a_long_history_of_many_pages():
    """A section for each of thousands of changes, and thousands of pages."""
    pages = 3000
    data = builders.plain(pages)
    tables = b"".join(b"%d 1\n%010d 00000 f \n" % (number, 0) for number in range(9000, 29000))
    start = len(data)
    previous = data[data.rindex(b"startxref") :].split()[1]
    data += b"xref\n%strailer\n<</Size 29000/Root 1 0 R/Prev %s>>\n" % (tables, previous)
    data += b"startxref\n%d\n%%%%EOF\n" % start
    began = time.monotonic()
    _, result = outcome(data, strength="sealed")
    assert (result.pages, result.method) == (pages, "append")
    assert time.monotonic() - began < 5
