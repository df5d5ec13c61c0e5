"""The options of the command line that are more than one word of the spec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from documents.tests import builders
from documents.tests.watermark.rendering import changed_region, text_of
from documents.watermark.__main__ import main
from documents.watermark.option_parser import parser
from documents.watermark.options import spec_of
from documents.watermark.spec import WatermarkSpec

PAGE = builders.plain(content=b"")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(PAGE)
    return source, target


def run(files: tuple[Path, Path], *options: str) -> int:
    return main([*map(str, files), *options])


def test_every_field_has_an_option():
    flags = {flag for action in parser()._actions for flag in action.option_strings}
    fields = {f"--{name.replace('_', '-')}" for name in WatermarkSpec.RULES}
    assert fields - flags == {"--type", "--watermark-text", "--asset", "--output"}
    assert {"--text", "--image", "--pdf", "--remove", "--variable"} <= flags


def test_help_names_every_choice_and_default():
    text = " ".join(parser().format_help().split())
    assert "sans|serif|mono" in text
    assert "diagonal, tile. Default: center." in text
    assert "5% of the page's shorter side" in text


def test_values_are_those_of_a_form():
    given = ["--text", "x", "--margin", "10mm", "--pages", "odd", "--tile", '{"gap_x": 3}']
    spec = spec_of(parser().parse_args(["a", "b", *given, "--layers", '[{"watermark_text": "y"}]']))
    expected = {"watermark_text": "x", "margin": "10mm", "pages": "odd", "tile": {"gap_x": 3}}
    assert spec == WatermarkSpec.parse(expected | {"layers": [{"watermark_text": "y"}]})


def test_variables(files):
    text = "{{ org.name }}: {{ page }}/{{pages}}"
    assert run(files, "--text", text, "--variable", "org.name=A=B") == 0
    assert text_of(files[1].read_bytes()).strip() == "A=B: 1/1"


def test_a_variable_without_value_is_a_bad_spec(files, capsys):
    assert run(files, "--text", "{{ copy.id }}", "--json") == 2
    (problem,) = json.loads(capsys.readouterr().out)["error"]["problems"]
    assert (problem["loc"], problem["type"]) == (["watermark_text"], "missing_variable")


@pytest.mark.parametrize("given", ["org.name", "page=3", "boss=Ada"])
def test_bad_variables_are_wrong_usage(files, capsys, given):
    with pytest.raises(SystemExit) as left:
        run(files, "--text", "x", "--variable", given)
    assert left.value.code == 2
    assert "NAME=VALUE" in capsys.readouterr().err


def test_a_page_of_another_document_a_quarter_of_the_page_wide(files, tmp_path):
    stamp = tmp_path / "stamp.pdf"
    stamp.write_bytes(
        builders.plain(
            content=b"0 0 1 rg 0 0 100 50 re f",
            entries=builders.page_entries(media_box=(0, 0, 100, 50)),
        )
    )
    assert run(files, "--pdf", str(stamp), "--scale", ".25", "--opacity", "1") == 0
    region = changed_region(PAGE, files[1].read_bytes())
    assert region.right - region.left == pytest.approx(595 / 4, abs=2)
    assert region.bottom - region.top == pytest.approx(595 / 8, abs=2)


def test_one_content_at_a_time(files, capsys):
    with pytest.raises(SystemExit) as left:
        run(files, "--text", "x", "--image", "y.png")
    assert left.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_an_asset_that_is_not_there(files, capsys):
    assert run(files, "--image", "nowhere.png") in (3, 4)
    assert capsys.readouterr().err
    assert not files[1].exists()


def test_what_was_marked_can_be_taken_out(files, tmp_path, capsys):
    assert run(files, "--text", "x", "--mark-id", "copy-7") == 0
    bare = tmp_path / "bare.pdf"
    assert run((files[1], bare), "--remove", "--mark-id", "copy-8") == 3
    assert capsys.readouterr().err.startswith("not_marked: ")
    assert run((files[1], bare), "--remove", "--mark-id", "copy-7") == 0
    assert bare.read_bytes() == PAGE
