"""The command line: options, exit status, and errors that fit on one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from documents.tests import builders
from documents.tests.watermark.rendering import changed_region
from documents.watermark.__main__ import main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def files(tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(builders.plain())
    return source, target


def run(files, *options: str) -> int:
    return main([*map(str, files), *options])


def test_marks_a_document_as_a_process_of_its_own(files):
    command = [sys.executable, "-m", "documents.watermark", *map(str, files), "--text", "DRAFT"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert changed_region(builders.plain(), files[1].read_bytes())


def test_every_option(files):
    options = "--text X --opacity .5 --position TOP_LEFT --font-size 40 --color #f00 --rotation -45"
    assert run(files, *options.split(), "--layer", "under", "--margin", "10") == 0
    region = changed_region(files[0].read_bytes(), files[1].read_bytes())
    assert (region.left, region.top) == pytest.approx((10, 10), abs=4)


def test_json(files, capsys):
    assert run(files, "--text", "W" * 100, "--font-size", "72", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pages"], told["method"]) == (1, "append")
    assert told["bytes_written"] == files[1].stat().st_size
    assert [warning["code"] for warning in told["warnings"]] == ["mark_scaled_down"]


def test_warnings_go_to_standard_error(files, capsys):
    assert run(files, "--text", "W" * 100, "--font-size", "72") == 0
    assert capsys.readouterr().err.startswith("warning: mark_scaled_down: ")


@pytest.mark.parametrize(
    ("options", "data", "status", "code"),
    [
        (["--text", "x", "--opacity", "2"], builders.plain(), 2, "bad_spec"),
        (["--text", " "], builders.plain(), 2, "bad_spec"),
        (["--text", "\U00012000"], builders.plain(), 3, "unsupported_text"),
        (["--text", "x"], b"no document", 3, "not_a_pdf"),
        (["--text", "x"], builders.truncated(), 3, "damaged"),
        (["--text", "x"], builders.encrypted(user="u"), 3, "encrypted"),
        (["--text", "x", "--password", "w"], builders.encrypted(user="u"), 3, "encrypted"),
        (["--text", "x"], builders.signed(), 3, "signed"),
    ],
)
def test_errors(files, capsys, options, data, status, code):
    files[0].write_bytes(data)
    assert run(files, *options) == status
    message = capsys.readouterr().err
    assert message.startswith(f"{code}: ")
    assert message.count("\n") == 1
    assert not files[1].exists()
    assert run(files, *options, "--json") == status
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_the_library_says_nothing_beside_us(files):
    """qpdf remarks on a page tree with a number among its kids."""
    files[0].write_bytes(builders.without_pages().replace(b"/Kids[]", b"/Kids[7]"))
    command = [sys.executable, "-m", "documents.watermark", *map(str, files), "--text", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


def test_bad_spec_as_json_names_every_problem(files, capsys):
    assert run(files, "--text", "", "--opacity", "x", "--json") == 2
    problems = json.loads(capsys.readouterr().out)["error"]["problems"]
    assert [problem["loc"] for problem in problems] == [["watermark_text"], ["opacity"]]


def test_password(files):
    files[0].write_bytes(builders.encrypted(user="sesame"))
    assert run(files, "--text", "x", "--password", "sesame") == 0


def test_a_file_that_is_not_there(files, capsys):
    files[0].unlink()
    assert run(files, "--text", "x") == 4
    assert capsys.readouterr().err.startswith("file_error: ")


def test_usage(files, capsys):
    with pytest.raises(SystemExit) as left:
        run(files)
    assert left.value.code == 2
    assert "--text" in capsys.readouterr().err
