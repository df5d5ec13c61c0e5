"""Cursors: one spelling each, and pages that neither repeat nor hide a row."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import APIKey
from accounts.tests.factories import make_api_key, make_tenant
from config.api.pagination import PATTERN, Cursor, CursorPages, PageQuery
from config.errors import Invalid

INSTANT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
instants = st.datetimes(
    min_value=datetime(1970, 1, 1),
    max_value=datetime(4253, 1, 1),
    timezones=st.just(UTC),
)


@given(instants, st.uuids(), st.booleans())
def test_a_cursor_is_read_as_it_was_written(instant, identifier, backward):
    cursor = Cursor(instant, identifier, backward)
    assert Cursor.decode(cursor.encode()) == cursor


@given(st.text(max_size=50) | st.binary(max_size=40).map(lambda x: base64.b64encode(x).decode()))
def test_any_other_text_is_a_value_error_and_nothing_worse(text):
    try:
        assert Cursor.decode(text).encode() == text
    except ValueError:
        pass


@given(st.from_regex(PATTERN.rstrip("$"), fullmatch=True))
def test_whatever_looks_like_a_cursor_is_one(text):
    assert Cursor.decode(text).encode() == text


@given(st.integers(0, 31), st.characters())
def test_a_cursor_has_one_spelling(position, character):
    good = Cursor(INSTANT, uuid.UUID(int=7)).encode()
    text = good[:position] + character + good[position + 1 :]
    try:
        assert Cursor.decode(text).encode() == text
    except ValueError:
        assert text != good


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"limit": "0"}, "greater_than_equal"),
        ({"limit": "101"}, "less_than_equal"),
        ({"limit": "1.5"}, "int_parsing"),
        ({"limit": ""}, "int_parsing"),
        ({"limit": "9" * 5000}, "string_too_long"),
        ({"cursor": ""}, "string_too_short"),
        ({"cursor": "x"}, "value_error"),
        ({"cursor": "ÿ" * 32}, "value_error"),
        ({"cursor": "\0"}, "value_error"),
        ({"cursor": "AA" + "-" * 29 + "\n"}, "value_error"),
        ({"cursor": "Ag" + "-" * 30}, "value_error"),
        ({"offset": "1"}, "extra_forbidden"),
    ],
)
def test_what_is_no_page_is_refused(query, kind):
    with pytest.raises(Invalid) as caught:
        PageQuery.read(query, "query")
    (problem,) = caught.value.problems
    assert (problem["loc"][0], problem["type"]) == ("query", kind)


def test_without_a_word_a_page_has_25():
    assert PageQuery.read({}, "query") == {"limit": 25}


# --- On rows ------------------------------------------------------------------------------------


@pytest.fixture
def keys(db):
    """Ten rows of three instants: ties, which the id must break."""
    tenant = make_tenant()
    rows = [make_api_key(tenant)[0] for _ in range(10)]
    for number, row in enumerate(rows):
        at = INSTANT + timedelta(microseconds=number // 4)
        APIKey.objects.filter(pk=row.pk).update(created_at=at)
    return APIKey.objects.filter(tenant=tenant)


def ids(rows):
    return [row.id for row in rows]


def walk(queryset, limit, towards="next"):
    cursor, pages = None, []
    while True:
        page = CursorPages(limit=limit, cursor=cursor).page(queryset)
        pages.append(page)
        if (cursor := getattr(page, towards)) is None:
            return pages


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 11])
def test_all_rows_are_seen_once_there_and_back(keys, limit):
    expected = ids(keys.order_by("-created_at", "-id"))

    forward = walk(keys, limit)
    assert [row for page in forward for row in ids(page.rows)] == expected
    assert forward[0].previous is None

    page, back = forward[-1], [forward[-1]]
    while page.previous:
        page = CursorPages(limit=limit, cursor=page.previous).page(keys)
        assert page.next is not None
        back.insert(0, page)
    assert [row for page in back for row in ids(page.rows)] == expected


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(keys):
    ordered = ids(keys.order_by("-created_at", "-id"))
    first = CursorPages(limit=3).page(keys)
    keys.filter(pk=ordered[2]).delete()  # the page's edge itself
    make_api_key(first.rows[0].tenant)
    second = CursorPages(limit=3, cursor=first.next).page(keys)
    assert ids(second.rows) == ordered[3:6]


def test_a_page_behind_the_last_row_is_empty(keys):
    last = walk(keys, 5)[-1].rows[-1]
    page = CursorPages(cursor=Cursor(last.created_at, last.id)).page(keys)
    assert (page.rows, page.next, page.previous) == ([], None, None)


@pytest.mark.parametrize("backward", [False, True])
def test_a_page_is_read_from_the_index_in_its_order(keys, backward):
    with connection.cursor() as cursor:
        # So few rows are read faster without: the question is whether the index could serve.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    pages = CursorPages(limit=3, cursor=Cursor(INSTANT, uuid.UUID(int=7), backward))
    plans = []

    class Explained(type(keys)):
        def __iter__(self):
            plans.append(self.explain())
            return iter(())

    keys.__class__ = Explained
    pages.page(keys)
    (plan,) = plans
    assert "Index Scan" in plan
    assert "created_at" in plan.split("Index Cond:")[1].splitlines()[0]
