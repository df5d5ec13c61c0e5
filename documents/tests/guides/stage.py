"""Where a guide's program runs: the files, the credentials and the server that it is told of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from accounts.models import Tenant
from accounts.tests.factories import PASSWORD, make_api_key, make_member
from documents.tests.clients.python_client import python_client
from documents.tests.clients.typescript_client import typescript_client
from documents.tests.factories import make_pdf
from documents.tests.guides.programs import Program
from documents.tests.processes import ROOT, running
from documents.tests.watermark.pictures import quarters, saved

PATIENCE_SECONDS = 120
PROGRAMS = (str(Path(sys.executable).parent),)
COMMAND = f'#!/bin/sh\nexec "{sys.executable}" -m countermark_cli "$@"\n'
CLIENTS = tuple(ROOT / "clients" / name for name in ("python", "cli"))
NAMES = ("contract", "offer", "in", "letterhead", "contracts/one", "contracts/two", "contracts/six")


@dataclass(frozen=True)
class Stage:
    """A fresh directory, a workspace's key and a server."""

    directory: Path
    url: str
    key: str

    @property
    def environment(self) -> dict[str, str]:
        """Return what a program finds in its environment."""
        modules = os.pathsep.join(map(str, (ROOT, *CLIENTS)))
        return {
            **os.environ,
            "HOME": str(self.directory),
            "CURL_HOME": str(self.directory),
            "PATH": os.pathsep.join((str(self.directory), *PROGRAMS, os.environ["PATH"])),
            "PYTHONPATH": modules,
            "COUNTERMARK_KEY": self.key,
            "COUNTERMARK_URL": self.url,
        }


def set_stage(*, tenant: Tenant, url: str, directory: Path) -> Stage:
    """Put down the files that guides speak of, and let their people in."""
    python_client()
    for name in NAMES:
        path = directory / f"{name}.pdf"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(make_pdf(3))
    (directory / "logo.png").write_bytes(saved(quarters(), "PNG").getvalue())
    (directory / "password.txt").write_text(PASSWORD)
    (directory / "countermark").write_text(COMMAND)
    (directory / "countermark").chmod(0o700)
    (directory / ".curlrc").write_text("fail\nsilent\nshow-error\n")
    make_member("owner", tenant=tenant, email="ada@example.org", password=PASSWORD)
    return Stage(directory, url, make_api_key(tenant)[1])


def relay() -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run a relay: of many jobs asked for at once, a worker is told of the first few only."""
    return running("manage.py", "relay")


def run_program(program: Program, stage: Stage) -> str:
    """Run a program and return what it printed; fail with all that it said."""
    code = "\n".join(program.blocks).replace("https://countermark.example", stage.url)
    printed = _run(_command(program.language, code, stage.directory), program, stage)
    for check in program.checks if program.language != "sh" else ():
        _run(("bash", "-euo", "pipefail", "-c", check), program, stage)
    return printed


def _command(language: str, code: str, directory: Path) -> tuple[str, ...]:
    if language == "sh":
        return ("bash", "-euo", "pipefail", "-c", code)
    if language == "python":
        return (sys.executable, "-c", code)
    (directory / "snippet.mjs").write_text(code)
    package = directory / "node_modules" / "countermark-client"
    if package.name in code and not package.exists():
        package.parent.mkdir()
        package.symlink_to(typescript_client())
    return (str(shutil.which("node")), "snippet.mjs")


def _run(command: tuple[str, ...], program: Program, stage: Stage) -> str:
    done = subprocess.run(
        command,
        cwd=stage.directory,
        env=stage.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    said = f"docs/{program.guide}.md, {program.language}: {done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    return done.stdout
