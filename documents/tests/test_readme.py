"""The README's commands, run as a newcomer would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents.tests.conftest import Queue
from documents.tests.factories import make_pdf
from documents.tests.processes import ROOT
from documents.tests.test_worker import worker

PAGES = 3


def shell_blocks() -> list[str]:
    """Return the README's blocks of commands, in order."""
    return re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)


def block_with(words: str) -> str:
    (block,) = [block for block in shell_blocks() if words in block]
    return block


def run(script: str, directory: Path, **environment: str) -> None:
    (directory / "contract.pdf").write_bytes(make_pdf(PAGES))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ("bash", "-euo", "pipefail", "-c", script),
        cwd=directory,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environment},
        check=True,
    )


def has_a_mark_on_every_page(path: Path) -> bool:
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == PAGES
        return all("/XObject" in page.resources for page in pdf.pages)


@pytest.mark.django_db(transaction=True)
def test_from_upload_to_download_with_curl(
    live: Serving, owner: Person, queue: Queue, tmp_path: Path
):
    _, key = make_api_key(owner.tenant)
    script = block_with("curl").replace("cm_test_…", key)
    script = script.replace("http://localhost:8000", live.url)
    with worker():
        run(script, tmp_path)
    assert has_a_mark_on_every_page(tmp_path / "marked.pdf")


def test_engine_as_a_command(tmp_path: Path):
    run(block_with("documents.watermark"), tmp_path)
    assert has_a_mark_on_every_page(tmp_path / "marked.pdf")


def test_the_engines_own_readme(tmp_path: Path):
    text = (ROOT / "documents/watermark/README.md").read_text()
    (commands,) = re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)
    run(commands, tmp_path)
    assert has_a_mark_on_every_page(tmp_path / "marked.pdf")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "original.pdf").read_bytes() == (tmp_path / "contract.pdf").read_bytes()
