"""The guide to the options says what the schema says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from documents.watermark.option_parser import parser
from documents.watermark.options import spec_of
from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.rules import ChoiceRule, IntegerRule, NumberRule
from documents.watermark.spec.variables import VARIABLES

GUIDE = (Path(__file__).parents[2] / "docs" / "watermarks.md").read_text()
CONFIGS = re.findall(r"```json\n(.*?)```", GUIDE, re.S)
COMMANDS = re.findall(r"^python -m documents\.watermark (.*)$", GUIDE, re.M)
ROWS = {
    name: row
    for row in re.findall(r"^\| (`.*) \|$", GUIDE, re.M)
    for name in re.findall(r"`(\w+)`", row.split("|")[0])
}


@pytest.mark.parametrize("config", CONFIGS)
def test_every_example_is_a_spec(config: str) -> None:
    given = json.loads(config)
    shown = WatermarkSpec.parse(given, only_offered=True).as_dict()
    assert given.keys() <= shown.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str) -> None:
    assert spec_of(parser().parse_args(shlex.split(command))).marks


def test_there_are_examples() -> None:
    assert len(CONFIGS) >= 8
    assert len(COMMANDS) == 3


@pytest.mark.parametrize("name", list(WatermarkSpec.offered_rules()))
def test_every_field_has_its_row_with_default_and_bounds(name: str) -> None:
    rule = WatermarkSpec.RULES[name]
    row = ROWS[name].replace("−", "-")
    default = row.split("|")[2]
    if not rule.required and name not in ("tile", "output"):
        plain = "null" if rule.default is None else rule.plain(rule.default)
        assert (f"{plain:g}" if isinstance(plain, float) else str(plain)) in default
    if isinstance(rule, ChoiceRule) and name != "position":
        assert all(f"`{value}`" in row for value, _ in rule.choices)
    if isinstance(rule, IntegerRule | NumberRule | LengthRule):
        assert f"{rule.maximum:g}" in row
        assert f"{abs(rule.minimum):g}" in row


def test_every_place_and_variable_is_named() -> None:
    assert all(f"`{value}`" in GUIDE for value, _ in WatermarkSpec.RULES["position"].choices)
    assert all(f"`{{{{ {name} }}}}`" in GUIDE for name in VARIABLES)
