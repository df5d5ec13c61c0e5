"""The ways of the command line beside marking: look, preview, replace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from documents.tests import builders
from documents.tests.watermark.rendering import changed_region
from documents.watermark.__main__ import main


@pytest.fixture
def files(tmp_path) -> tuple[Path, Path]:
    source = tmp_path / "in.pdf"
    source.write_bytes(builders.plain(3))
    return source, tmp_path / "out.pdf"


def test_inspect(files, capsys):
    assert main([str(files[0]), "--inspect"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pages"], told["encrypted"], told["mark_ids"]) == (3, False, [])


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("webp", "WEBP")])
def test_preview(files, tmp_path, suffix, kind):
    target = tmp_path / f"page.{suffix}"
    assert main([str(files[0]), str(target), "--text", "DRAFT", "--preview", "3"]) == 0
    with Image.open(target) as picture:
        assert (picture.format, picture.width) == (kind, 800)


@pytest.mark.parametrize("page", ["0", "4", "last"])
def test_preview_of_a_page_that_is_not_there(files, page, capsys):
    assert main([*map(str, files), "--text", "DRAFT", "--preview", page]) == 2
    assert "page" in capsys.readouterr().err
    assert not files[1].exists()


def test_replace(files, tmp_path):
    once, again = tmp_path / "once.pdf", tmp_path / "again.pdf"
    assert main([str(files[0]), str(once), "--text", "OLD", "--position", "top_left"]) == 0
    assert main([str(once), str(again), "--text", "NEW", "--replace"]) == 0
    assert main([*map(str, files), "--text", "NEW"]) == 0
    assert again.read_bytes() == files[1].read_bytes()
    assert main([str(files[0]), str(again), "--text", "NEW", "--replace"]) == 3  # nothing of ours


def test_font_folder(files, tmp_path, capsys):
    """A character that no font of ours has; an empty folder does not help."""
    missing = [*map(str, files), "--text", "\U00012000"]
    assert main([*missing, "--font-folder", str(tmp_path)]) == 3
    assert "U+12000" in capsys.readouterr().err


def test_out_is_needed_for_all_but_looking(files):
    with pytest.raises(SystemExit) as stop:
        main([str(files[0]), "--text", "DRAFT"])
    assert stop.value.code == 2


def test_options_are_read_alike_with_and_without_argparse(files, tmp_path):
    """Abbreviations and ``=`` are read by argparse, plain pairs by ourselves."""
    other = tmp_path / "other.pdf"
    assert main([*map(str, files), "--text", "X", "--font-size", "20", "--opacity", "1"]) == 0
    assert main([str(files[0]), str(other), "--text=X", "--font-s=20", "--opacity=1"]) == 0
    assert files[1].read_bytes() == other.read_bytes()
    assert changed_region(files[0].read_bytes(), other.read_bytes())
