"""What the schema says of lengths, pages, variables, tiles and layers."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.tests.watermark.test_spec import problems
from documents.watermark import BadSpec, WatermarkSpec
from documents.watermark.spec import MarkSpec, MarkType, Tile
from documents.watermark.spec.lengths import in_points
from documents.watermark.spec.page_selection import PageSelection
from documents.watermark.spec.rules import Unfit
from documents.watermark.spec.variables import VARIABLES, substitute, variables_in

ROOT = Path(__file__).parents[3]


def spec_of(**options: object) -> WatermarkSpec:
    return WatermarkSpec.parse({"watermark_text": "x"} | options)


@pytest.mark.parametrize(
    ("given", "kept", "points"),
    [
        (36, 36.0, 36),
        ("36", 36.0, 36),
        (" 36 PT ", 36.0, 36),
        ("10mm", "10mm", 72 / 2.54),
        ("1.50 cm", "1.5cm", 1.5 * 72 / 2.54),
        ("1in", "1in", 72),
        ("5%", "5%", 20),
        (".5%", "0.5%", 2),
        ("0mm", 0.0, 0),
        ("720", 720.0, 720),
        ("10in", "10in", 720),
        ("25%", "25%", 100),
    ],
)
def test_lengths(given, kept, points):
    margin = spec_of(margin=given).margin
    assert (margin, type(margin)) == (kept, type(kept))
    assert in_points(margin, 400) == pytest.approx(points)
    assert spec_of(margin=margin).margin == margin


@pytest.mark.parametrize(
    ("given", "type_", "ctx"),
    [
        ("ten", "length_parsing", {}),
        ("10 km", "length_parsing", {}),
        ("", "length_parsing", {}),
        ("1e3", "length_parsing", {}),
        ("9" * 400, "length_parsing", {}),
        (True, "length_type", {}),
        (None, "length_type", {}),
        ([1], "length_type", {}),
        (float("nan"), "finite_number", {}),
        (-1, "greater_than_equal", {"ge": 0.0}),
        ("-1mm", "greater_than_equal", {"ge": "0mm"}),
        ("10.01in", "less_than_equal", {"le": "10in"}),
        ("25.1%", "less_than_equal", {"le": "25%"}),
    ],
)
def test_lengths_refused(given, type_, ctx):
    with pytest.raises(BadSpec) as caught:
        spec_of(margin=given)
    (problem,) = caught.value.problems
    assert (problem.loc, problem.type, problem.ctx) == (("margin",), type_, ctx)


def test_offsets_go_both_ways():
    spec = spec_of(offset_x="-5mm", offset_y=-12)
    assert (spec.offset_x, spec.offset_y) == ("-5mm", -12.0)


@pytest.mark.parametrize(
    ("text", "pages", "expected"),
    [
        ("all", 3, [1, 2, 3]),
        ("1,3-5,-1", 8, [1, 3, 4, 5, 8]),
        ("odd", 5, [1, 3, 5]),
        ("even", 5, [2, 4]),
        ("odd,even", 3, [1, 2, 3]),
        ("first,last", 4, [1, 4]),
        ("2-", 4, [2, 3, 4]),
        ("-3-", 5, [3, 4, 5]),
        ("-3--2", 5, [3, 4]),
        ("2-last", 3, [2, 3]),
        ("2--2", 5, [2, 3, 4]),
        ("3--3", 4, []),
        ("7", 3, []),
        ("-7", 3, []),
        (" 1 , 3 - 4 ,EVEN", 6, [1, 2, 3, 4, 6]),
        ("1", 1, [1]),
    ],
)
def test_pages(text, pages, expected):
    selection = spec_of(pages=text).pages
    assert [page for page in range(1, pages + 1) if selection.includes(page, pages)] == expected
    assert selection.includes_any(pages) == bool(expected)
    assert spec_of(pages=str(selection)).pages == selection


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("1,,3", ""),
        ("1,x", "x"),
        ("0", "0"),
        ("1-0", "1-0"),
        ("5-3", "5-3"),
        ("-1--3", "-1--3"),
        ("all,none", "none"),
        ("1.5", "1.5"),
        ("1;2", "1;2"),
        ("9" * 50, "9" * 40),
        ("٣", "٣"),
        ("odd-3", "odd-3"),
    ],
)
def test_pages_refused_by_their_bad_part(text, part):
    with pytest.raises(BadSpec) as caught:
        spec_of(pages=text)
    (problem,) = caught.value.problems
    assert (problem.type, problem.ctx) == ("page_selection", {"part": part})
    assert f"'{part}'" in problem.msg


def test_pages_have_a_longest_text():
    assert problems({"watermark_text": "x", "pages": "1," * 200}) == {"pages": "string_too_long"}


@given(st.text("0123456789-,alodevnfirst ", max_size=30))
def test_what_the_pattern_says_of_pages_is_what_is_taken(text):
    import re

    pattern = WatermarkSpec.RULES["pages"].pattern
    try:
        PageSelection(text)
    except Unfit as unfit:
        assert not re.fullmatch(pattern, text) or "backwards" in unfit.problems[0].msg
    else:
        assert re.fullmatch(pattern, text.lower()) or " " in text


def test_variables():
    text = "{{page}}/{{ pages }} {{ org.name }} {{ page }} {{unfinished { }"
    assert variables_in(text) == ("page", "pages", "org.name")
    values = {"page": "1", "pages": "9", "org.name": "{{ page }}\n\tA\u202e\x00B"}
    assert substitute(text, values) == "1/9 {{ page }} AB 1 {{unfinished { }"
    assert substitute("no braces", {}) == "no braces"


def test_a_variable_without_value():
    with pytest.raises(BadSpec) as caught:
        substitute("{{ page }} {{ copy.id }}", {"page": "1"})
    assert [problem.ctx for problem in caught.value.problems] == [{"variable": "copy.id"}]
    layers = [{"watermark_text": "{{ recipient.email }}"}]
    spec = spec_of(watermark_text="{{ date }} {{ page }}", layers=layers)
    assert [(each.loc, each.type) for each in spec.without_values({"page", "pages"})] == [
        (("watermark_text",), "missing_variable"),
        (("layers", "0", "watermark_text"), "missing_variable"),
    ]


@pytest.mark.parametrize("name", ["foo", "Page", "recipient.phone", "", "page number"])
def test_unknown_variables_are_refused_by_name(name):
    with pytest.raises(BadSpec) as caught:
        spec_of(watermark_text=f"{{{{ {name} }}}} {{{{ page }}}}")
    (problem,) = caught.value.problems
    assert (problem.loc, problem.type) == (("watermark_text",), "unknown_variable")
    assert problem.ctx == {"variables": [name], "known": list(VARIABLES)}


def test_layers():
    layers = [{"watermark_text": "A", "tile": {"gap_x": "5%"}}, {"watermark_text": "B"}]
    spec = spec_of(opacity=0.9, layers=layers)
    assert [mark.watermark_text for mark in spec.marks] == ["x", "A", "B"]
    assert [type(mark) for mark in spec.marks] == [MarkSpec] * 3
    assert [mark.opacity for mark in spec.marks] == [0.9, 0.3, 0.3]
    assert spec.marks[1].tile == Tile(gap_x="5%")
    assert WatermarkSpec.parse(json.loads(json.dumps(spec.as_dict()))) == spec
    assert WatermarkSpec(watermark_text="x", opacity=0.9, layers=spec.layers) == spec


def test_every_bad_part_is_named_at_once_with_its_place():
    given = {
        "opacity": 2,
        "tile": {"gap_x": "wide", "stagger": 1, "size": 3},
        "layers": [{"watermark_text": "ok"}, {"opacity": -1, "tile": [], "layers": []}, "no"],
        "strength": "iron",
    }
    assert problems(given) == {
        "watermark_text": "missing",
        "opacity": "less_than_equal",
        "tile.gap_x": "length_parsing",
        "tile.stagger": "bool_type",
        "tile.size": "extra_forbidden",
        "layers.1.watermark_text": "missing",
        "layers.1.opacity": "greater_than_equal",
        "layers.1.tile": "dict_type",
        "layers.1.layers": "extra_forbidden",
        "layers.2": "dict_type",
        "strength": "enum",
    }


def test_at_most_ten_marks():
    one = {"watermark_text": "x"}
    assert len(spec_of(layers=[one] * 9).marks) == 10
    assert problems(one | {"layers": [one] * 10}) == {"layers": "too_long"}
    assert problems(one | {"layers": one}) == {"layers": "list_type"}


def test_forms_send_objects_as_json_text():
    given = {
        "watermark_text": "x",
        "tile": '{"gap_y": 5, "stagger": false}',
        "layers": '[{"watermark_text": "y"}]',
        "pages": "",
        "align": "",
    }
    spec = WatermarkSpec.parse(given, strings=True)
    assert (spec.tile, spec.marks[1].watermark_text) == (Tile(gap_y=5, stagger=False), "y")
    assert (str(spec.pages), spec.align) == ("all", None)
    empty = WatermarkSpec.parse({"watermark_text": "x", "tile": "", "layers": ""}, strings=True)
    assert empty == WatermarkSpec(watermark_text="x")
    bad = {
        "watermark_text": "x",
        "tile": '{"gap_y": "far"}',
        "layers": "[" * 9999,
        "font_weight": "thick",
    }
    assert problems(bad, strings=True) == {
        "tile.gap_y": "length_parsing",
        "layers": "json_invalid",
        "font_weight": "enum",
    }


def test_a_type_has_its_own_fields():
    spec = WatermarkSpec.parse({"type": "image", "asset": "logo.png", "scale": 0.25})
    assert (spec.type, spec.watermark_text, spec.asset) == (MarkType.IMAGE, "", "logo.png")
    shown = spec.as_dict()
    assert "watermark_text" not in shown
    assert WatermarkSpec.parse(shown) == spec
    assert problems({"type": "pdf"}) == {"asset": "missing"}
    assert problems({"type": "image", "asset": "a", "watermark_text": "b"}) == {
        "watermark_text": "extra_forbidden"
    }
    assert problems({"watermark_text": "b", "asset": "a"}) == {"asset": "extra_forbidden"}
    assert "type" not in WatermarkSpec(watermark_text="x").as_dict()


def test_a_font_is_a_family_or_somebodys_own():
    name = "0E4D2F7A-3c51-4d0b-8a2f-6b1c9d7e5f43"
    spec = WatermarkSpec(watermark_text="x", font_family=name)
    assert spec.font_family == spec.as_dict()["font_family"] == name.lower()
    assert WatermarkSpec(watermark_text="x", font_family="MONO").font_family == "mono"
    for bad in (name[1:], "/etc/passwd", 7, None):
        assert problems({"watermark_text": "x", "font_family": bad}) == {"font_family": "enum"}


def test_specs_do_not_change():
    spec = spec_of(layers=[{"watermark_text": "y"}])
    for change in (lambda: setattr(spec, "opacity", 1), lambda: delattr(spec.tile, "gap_x")):
        with pytest.raises(AttributeError):
            change()
    assert {spec, copy.deepcopy(spec), pickle.loads(pickle.dumps(spec))} == {spec}  # noqa: S301 - our own bytes
    assert spec != spec_of() and spec.marks[0] != spec
    assert "watermark_text='x'" in repr(spec)


def test_the_schema_loads_nothing_heavy():
    code = (
        "import re, enum, sys; before = set(sys.modules);"
        "import documents.watermark.spec, documents.watermark.placement.placement;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    loaded = {name for name in done.stdout.split() if not name.startswith("documents")}
    assert loaded <= {"__future__", "collections.abc", "math"}
