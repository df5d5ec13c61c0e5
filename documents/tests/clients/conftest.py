"""A terminal of the command-line client, with a key of the owner's workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.tests.cast import Person
from config.tests.serving import Serving
from documents.tests.clients.terminal import Terminal
from documents.tests.conftest import Queue
from documents.tests.guides.stage import Stage, set_stage


@pytest.fixture
def stage(live: Serving, owner: Person, queue: Queue, tmp_path: Path) -> Stage:
    return set_stage(tenant=owner.tenant, url=live.url, directory=tmp_path)


@pytest.fixture
def terminal(stage: Stage) -> Terminal:
    return Terminal(stage)
