"""The command-line client, as a program of its own against the real server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config import __version__
from documents.models import Document, Job, ResumableUpload
from documents.storage import resumable_files
from documents.tests.clients.python_client import python_client
from documents.tests.clients.terminal import LONG, NO_DOCUMENT, Terminal, has_marks
from documents.tests.factories import make_pdf
from documents.tests.guides.programs import programs_of
from documents.tests.guides.stage import Stage, run_program
from documents.tests.processes import ROOT, wait_until
from documents.tests.test_worker import worker

HOME = ROOT / "clients" / "cli"
on_a_server = pytest.mark.django_db(transaction=True)


def test_its_version_is_the_products_and_its_clients() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert project["dependencies"] == [f"countermark-client=={__version__}"]
    assert f'"{__version__}"' in (HOME / "countermark_cli/__init__.py").read_text()


@pytest.mark.long
def test_it_is_packed_with_its_command(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    subprocess.run(command, cwd=HOME, check=True, capture_output=True)
    assert list(tmp_path.glob("countermark_cli-*.whl"))


@on_a_server
def test_its_readme(stage: Stage) -> None:
    program = programs_of("clients/cli/README", (HOME / "README.md").read_text())["sh"]
    with worker():
        run_program(program, stage)


@on_a_server
def test_a_key_is_checked_and_kept_where_only_its_owner_reads(stage: Stage) -> None:
    terminal = Terminal(stage, COUNTERMARK_KEY="", COUNTERMARK_URL="")
    words = ("login", "--url", stage.url, "--key-file", "-", "--json")
    status, (refused,), _ = terminal.run(*words, typed="cm_live_wrong\n")
    assert (status, refused["error"]["code"]) == (4, "invalid_api_key")
    status, (told,), _ = terminal.run(*words, typed=f"{stage.key}\n")
    assert (status, told["workspace"]) == (0, "Acme")
    kept = Path(told["file"])
    assert kept.stat().st_mode & 0o777 == 0o600
    assert terminal.run("jobs")[0] == 0
    assert terminal.run("jobs", "--url", "http://127.0.0.1:1")[0] == 4, "the key goes nowhere else"
    kept.chmod(0o644)
    status, _, complaint = terminal.run("jobs")
    assert (status, "chmod 600" in complaint) == (2, True)


@on_a_server
def test_a_file_is_marked(terminal: Terminal) -> None:
    with worker():
        words = ("mark", "contract.pdf", "--text", "DRAFT", "--opacity", "0.5", "--json")
        status, (told,), _ = terminal.run(*words)
    assert status == 0
    assert (told["copy"], told["pages"]) == ("contract-marked.pdf", 3)
    assert has_marks(terminal.directory / "contract-marked.pdf")
    job = Job.objects.get()
    assert (str(job.pk), job.spec["opacity"]) == (told["job_id"], 0.5)
    status, (shown,), _ = terminal.run("jobs", told["job_id"], "--json")
    assert (status, shown["state"]) == (0, "succeeded")
    assert terminal.run("download", told["job_id"], "-o", "again.pdf")[0] == 0
    copies = [terminal.directory / name for name in ("again.pdf", "contract-marked.pdf")]
    assert copies[0].read_bytes() == copies[1].read_bytes()


@on_a_server
def test_the_copy_of_a_text_is_called_a_pdf(terminal: Terminal) -> None:
    (terminal.directory / "notes.txt").write_text("Some notes.")
    with worker():
        assert terminal.run("mark", "notes.txt", "--text", "DRAFT")[0] == 0
    assert has_marks(terminal.directory / "notes-marked.txt.pdf")


@on_a_server
@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("mark", "nothing.pdf", "--text", "x"), 2, "no_file"),
        (("mark", "contract.pdf"), 2, "no_text"),
        (("mark", "contract.pdf", "--text", "x", "--set", "colour=red"), 2, "unknown_field"),
        (("mark", "contract.pdf", "--text", "x", "--opacity", "7"), 3, "validation_error"),
        (("mark", "bad.bin", "--text", "x"), 3, "unsupported_format"),
        (("mark", "contract.pdf", "--text", "x", "--position", "middle"), 2, "bad_config"),
        (("download", "1f0c3a52-6f0e-4a54-9d3b-52f7b8f1f6d0"), 3, "not_found"),
        (("jobs", "--url", "http://127.0.0.1:1", "--tries", "1"), 5, "unreachable"),
    ],
)
def test_failures_have_a_code_and_a_status(
    terminal: Terminal, words: tuple[str, ...], status: int, code: str
) -> None:
    (terminal.directory / "bad.bin").write_bytes(NO_DOCUMENT)
    found, (told,), _ = terminal.run(*words, "--json")
    assert (found, told["error"]["code"]) == (status, code)
    found, printed, complaint = terminal.run(*words)
    assert (found, printed) == (status, [])
    assert complaint.startswith(f"countermark: {code}: ")


@on_a_server
def test_a_job_that_fails_is_told(terminal: Terminal) -> None:
    (terminal.directory / "torn.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 2000)
    with worker():
        status, (told,), _ = terminal.run("mark", "torn.pdf", "--text", "x", "--json")
    assert status == 1
    assert told["error"]["job_id"] == str(Job.objects.get().pk)
    assert not (terminal.directory / "torn-marked.pdf").exists()


@on_a_server
def test_a_long_upload_goes_on_where_it_was_killed(terminal: Terminal) -> None:
    path = terminal.directory / "long.pdf"
    path.write_bytes(make_pdf() + b"\n" * LONG)

    def arrived() -> int:
        upload = ResumableUpload.objects.first()
        return resumable_files().path(upload.pk).stat().st_size if upload else 0

    first = terminal.start("upload", "long.pdf")
    wait_until(lambda: arrived() > 0)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    status, (told,), _ = terminal.run("upload", "long.pdf", "--json")
    assert status == 0
    assert ResumableUpload.objects.count() == 1
    assert Document.objects.get().blob.size_bytes == path.stat().st_size == told["size_bytes"]
    assert terminal.run("upload", "long.pdf")[0] == 0
    assert Document.objects.count() == 2, "who uploads a file twice has it twice"


@on_a_server
def test_a_watcher_that_was_killed_doubles_nothing(terminal: Terminal) -> None:
    words = ("watch", "contracts", "--text", "x", "--interval", "0.2")
    first = terminal.start(*words)
    wait_until(lambda: Job.objects.exists())
    status, _, complaint = terminal.run(*words, "--once")
    assert (status, "watched" in complaint) == (2, True)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with worker():
        assert terminal.run(*words, "--once")[0] == 0
    assert Job.objects.count() == 3
    for folder in ("marked", "done"):
        found = sorted(path.name for path in (terminal.directory / "contracts" / folder).iterdir())
        assert found == ["one.pdf", "six.pdf", "two.pdf"]


@on_a_server
def test_a_watcher_that_had_saved_the_copy_saves_no_second(terminal: Terminal) -> None:
    folder = terminal.directory / "contracts"
    words = ("watch", "contracts", "--text", "x", "--interval", "0.1", "--once")
    with worker():
        assert terminal.run(*words)[0] == 0
        (folder / "done/one.pdf").rename(folder / "one.pdf")  # as if it had never been moved
        assert terminal.run(*words)[0] == 0
    assert len([*(folder / "marked").iterdir()]) == 3
    assert Job.objects.count() == 3


@on_a_server
def test_a_watcher_puts_bad_files_aside_and_stops_when_told(terminal: Terminal) -> None:
    folder = terminal.directory / "contracts"
    (folder / "bad.pdf").write_bytes(NO_DOCUMENT)
    with worker():
        process = terminal.start("watch", "contracts", "--text", "x", "--interval", "0.1")
        wait_until(lambda: len([*folder.glob("done/*.pdf")]) == 3)
        wait_until(lambda: (folder / "failed/bad.pdf.error.json").exists())
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads((folder / "failed/bad.pdf.error.json").read_text())["error"]["code"] == (
        "unsupported_format"
    )


# --- A server that is busy -----------------------------------------------------------------------

WELL = {"results": [], "next": None, "previous": None}
BUSY = {
    "type": "rate_limited",
    "title": "",
    "status": 429,
    "detail": "Slower.",
    "request_id": "r" * 8,
}


@pytest.fixture
def answering() -> Iterator[Callable[[list[tuple[int, dict[str, str], Any]]], str]]:
    """Return a starter of a server that gives these answers, one after the other."""
    servers = []

    def start(answers: list[tuple[int, dict[str, str], Any]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = answers.pop(0)
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


said: list[str] = []


def connection(url: str, tries: int = 6) -> Any:
    said.clear()
    python_client()
    sys.path[:0] = [] if str(HOME) in sys.path else [str(HOME)]
    from countermark_cli.configuration import Configuration
    from countermark_cli.connection import Connection

    return Connection(Configuration(url, "cm_live_some"), tries=tries, say=said.append)


def test_a_busy_server_is_asked_again_when_it_says_so(
    answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(429, {"Retry-After": "7"}, BUSY), (503, {}, BUSY), (200, {}, WELL)]
    asking = connection(answering(answers))
    from countermark_client.api.jobs import list_jobs

    pauses: list[float] = []
    monkeypatch.setattr("countermark_cli.connection.time.sleep", pauses.append)
    assert asking.ask(list_jobs).parsed.results == []
    assert pauses == [7, 1]
    assert said == ["Slower. Waiting for 7 s."]


@pytest.mark.parametrize("seconds", ["1", "3600"])
def test_a_server_that_stays_busy_is_not_asked_for_ever(
    seconds: str, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = connection(answering([(429, {"Retry-After": seconds}, BUSY)] * 2), tries=2)
    from countermark_cli.failures import Unreachable
    from countermark_client.api.jobs import list_jobs

    monkeypatch.setattr("countermark_cli.connection.time.sleep", lambda _: None)
    with pytest.raises(Unreachable, match="rate_limited: Slower."):
        asking.ask(list_jobs)
