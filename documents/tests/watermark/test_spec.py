"""The schema: every bound from both sides, all problems at once, a true round trip."""

from __future__ import annotations

import json
import math

import pytest

from documents.watermark import BadSpec, WatermarkPosition, WatermarkSpec


def problems(given: object, *, strings: bool = False) -> dict[str, str]:
    """Type of problem by field."""
    with pytest.raises(BadSpec) as caught:
        WatermarkSpec.parse(given, strings=strings)
    return {".".join(problem.loc): problem.type for problem in caught.value.problems}


def test_defaults():
    spec = WatermarkSpec(watermark_text="DRAFT")
    assert spec.as_dict() == {
        "watermark_text": "DRAFT",
        "opacity": 0.3,
        "position": "center",
        "font_size": 12,
        "font_family": "sans",
        "font_weight": "regular",
        "align": None,
        "color": "#808080",
        "rotation": None,
        "scale": None,
        "layer": "over",
        "pages": "all",
        "margin": 36.0,
        "offset_x": 0.0,
        "offset_y": 0.0,
        "tile": {"gap_x": None, "gap_y": None, "stagger": True},
        "layers": [],
        "strength": "standard",
        "preserve_signatures": "refuse",
        "active_content": "keep",
        "output": {"format": None},
    }


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("watermark_text", "  x ", "x"),
        ("watermark_text", "y" * 100, "y" * 100),
        ("watermark_text", f"\t{'y' * 100}\n", "y" * 100),
        ("watermark_text", "two\r\nlines", "two\nlines"),
        ("opacity", 0, 0.0),
        ("opacity", 1, 1.0),
        ("opacity", -0.0, 0.0),
        ("position", "CENTER", WatermarkPosition.CENTER),
        ("position", " Top-Left", WatermarkPosition.TOP_LEFT),
        ("position", "tile", WatermarkPosition.TILE),
        ("font_size", 8, 8),
        ("font_size", 72, 72),
        ("font_size", 12.0, 12),
        ("color", "#ABC", "#aabbcc"),
        ("rotation", None, None),
        ("rotation", -180, -180.0),
        ("margin", 0, 0.0),
    ],
)
def test_accepted(field, value, kept):
    spec = WatermarkSpec.parse({"watermark_text": "x", field: value})
    assert getattr(spec, field) == kept
    assert type(getattr(spec, field)) is type(kept)
    assert math.copysign(1, spec.opacity) == 1


@pytest.mark.parametrize(
    ("field", "value", "type_"),
    [
        ("watermark_text", "", "string_too_short"),
        ("watermark_text", " \n ", "string_too_short"),
        ("watermark_text", "\u200b\u2060", "string_too_short"),
        ("watermark_text", "y" * 101, "string_too_long"),
        ("watermark_text", 7, "string_type"),
        ("watermark_text", None, "string_type"),
        ("watermark_text", "a\x00b", "string_control_character"),
        ("watermark_text", "a\ud800b", "string_unicode"),
        ("opacity", -0.01, "greater_than_equal"),
        ("opacity", 1.01, "less_than_equal"),
        ("opacity", math.nan, "finite_number"),
        ("opacity", math.inf, "finite_number"),
        ("opacity", True, "float_type"),
        ("opacity", "0.5", "float_type"),
        ("opacity", None, "float_type"),
        ("position", "middle", "enum"),
        ("position", 5, "enum"),
        ("font_size", 7, "greater_than_equal"),
        ("font_size", 73, "less_than_equal"),
        ("font_size", 10**400, "less_than_equal"),
        ("font_size", 12.5, "int_from_float"),
        ("font_size", True, "int_type"),
        ("font_size", math.inf, "finite_number"),
        ("font_size", "12", "int_type"),
        ("color", "grey", "string_pattern_mismatch"),
        ("color", "#8080801", "string_pattern_mismatch"),
        ("color", "#808080\n#", "string_pattern_mismatch"),
        ("rotation", 181, "less_than_equal"),
        ("layer", "between", "enum"),
        ("margin", -1, "greater_than_equal"),
        ("surprise", 1, "extra_forbidden"),
    ],
)
def test_refused(field, value, type_):
    assert problems({"watermark_text": "x", field: value}) == {field: type_}


def test_all_problems_at_once():
    given = {"opacity": 2, "position": "nowhere", "font_size": 1.5, "color": 1, "extra": None}
    assert problems(given) == {
        "watermark_text": "missing",
        "opacity": "less_than_equal",
        "position": "enum",
        "font_size": "int_from_float",
        "color": "string_type",
        "extra": "extra_forbidden",
    }


def test_problem_carries_bound():
    with pytest.raises(BadSpec) as caught:
        WatermarkSpec.parse({"watermark_text": "x", "opacity": 1.5})
    assert [problem.as_dict() for problem in caught.value.problems] == [
        {
            "loc": ["opacity"],
            "msg": "Input should be less than or equal to 1",
            "type": "less_than_equal",
            "ctx": {"le": 1.0},
        }
    ]
    assert caught.value.code == "bad_spec"


@pytest.mark.parametrize("given", [None, [], "text", 3])
def test_refuses_what_is_no_object(given):
    assert problems(given) == {"": "dict_type"}


def test_form_input():
    given = {
        "watermark_text": "x",
        "opacity": " 0.5",
        "font_size": "14",
        "rotation": "",
        "color": "",
    }
    spec = WatermarkSpec.parse(given, strings=True)
    assert (spec.opacity, spec.font_size, spec.rotation) == (0.5, 14, None)
    assert spec.color == "#808080"


@pytest.mark.parametrize(
    ("field", "value", "type_"),
    [
        ("opacity", "half", "float_parsing"),
        ("opacity", "1_0", "float_parsing"),
        ("opacity", "nan", "finite_number"),
        ("opacity", "1e999", "finite_number"),
        ("font_size", "12.5", "int_from_float"),
        ("font_size", "twelve", "int_parsing"),
        ("font_size", "9" * 5000, "int_parsing"),
        ("watermark_text", "", "string_too_short"),
    ],
)
def test_form_input_refused(field, value, type_):
    assert problems({"watermark_text": "x", field: value}, strings=True) == {field: type_}


def test_constructor_checks_too():
    with pytest.raises(BadSpec):
        WatermarkSpec(watermark_text="x", opacity=2)


@pytest.mark.parametrize("position", list(WatermarkPosition))
def test_round_trip(position):
    spec = WatermarkSpec(watermark_text="Ω\nж", position=position, rotation=12.5, color="#fff")
    assert WatermarkSpec.parse(json.loads(json.dumps(spec.as_dict()))) == spec


def test_every_rule_describes_itself():
    for name, rule in WatermarkSpec.rules().items():
        assert rule.label and rule.help_text and rule.kind, name
