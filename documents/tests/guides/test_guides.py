"""The guides, run as they stand; how one is written tells the package's docstring."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from accounts.models import Tenant
from config.api.guides import GUIDES, guide_path
from config.tests.serving import Serving
from documents.tests.clients.typescript_client import needs_node
from documents.tests.conftest import Queue
from documents.tests.guides.programs import Program, all_programs, json_blocks, programs_of
from documents.tests.guides.stage import relay, run_program, set_stage
from documents.tests.test_worker import worker


def marks(program: Program) -> list[pytest.MarkDecorator]:
    return [needs_node] if program.language == "js" else []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(each, id=f"{each.guide}-{each.language}", marks=marks(each))
        for each in all_programs()
    ],
)
def test_a_guide_does_what_it_says(
    program: Program, live: Serving, tenant: Tenant, queue: Queue, tmp_path: Path
) -> None:
    directory = tmp_path / "directory"
    directory.mkdir()
    stage = set_stage(tenant=tenant, url=live.url, directory=directory)
    with worker(), relay():
        run_program(program, stage)


@pytest.mark.parametrize("guide", GUIDES)
def test_answers_that_a_guide_shows_are_json(guide: str) -> None:
    for block in json_blocks(guide_path(guide).read_text()):
        json.loads(block)


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_speaks_of_one_host_and_one_key(guide: str) -> None:
    text = guide_path(guide).read_text()
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    assert not {host for host in hosts if host.endswith("example.com")}
    assert not re.search(r"cm_(live|test)_\w", text), "name $COUNTERMARK_KEY"


def test_blocks_of_a_language_are_one_program() -> None:
    text = "```sh\na\n```\n<!-- check: b -->\n```python\nc\n```\n```sh\nd\n```\n<!-- check: e -->\n"
    programs = programs_of("some", text)
    assert [block.split(" ||")[0].strip() for block in programs["sh"].blocks] == [
        "a",
        "b",
        "d",
        "e",
    ]
    assert (programs["python"].blocks, programs["python"].checks) == (["c\n"], [])


def test_a_block_may_be_excused() -> None:
    programs = programs_of("some", "<!-- not run: slow -->\n```sh\na\n```\n```sh\nb\n```\n")
    assert programs["sh"].blocks == ["b\n"]


@pytest.mark.parametrize("text", ["```bash\nx\n```\n", "```\nx\n```\n", "<!-- check: true -->\n"])
def test_what_cannot_be_run_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="some: a"):
        programs_of("some", text)
