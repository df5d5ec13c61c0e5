"""``countermark batch``: a folder as a batch, whatever is killed between."""

from __future__ import annotations

import fcntl
import signal

import pytest

from accounts.tests.cast import Person
from documents.models import Batch, BatchItem, Document, Job
from documents.services.batches import cancel_batch
from documents.services.presets import create_preset
from documents.tests.clients.terminal import LONG, NO_DOCUMENT, Terminal, has_marks
from documents.tests.factories import make_pdf
from documents.tests.processes import wait_until
from documents.tests.test_worker import worker

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("batch", "contracts", "-o", "copies", "--text", "x", "--json")


def copies(terminal: Terminal) -> list[str]:
    return sorted(path.name for path in (terminal.directory / "copies").glob("[!.]*"))


def test_one_bad_file_never_harms_the_others(terminal: Terminal) -> None:
    (terminal.directory / "contracts/bad.pdf").write_bytes(NO_DOCUMENT)
    with worker():
        status, told, _ = terminal.run(*WORDS)
        assert status == 1
        assert told[-1] == {"files": 4, "marked": 3, "failed": 1}
        assert {line["error"]["code"] for line in told if "error" in line} == {"unsupported_format"}
        assert copies(terminal) == ["one.pdf", "six.pdf", "two.pdf"]
        (terminal.directory / "copies/one.pdf").unlink()
        assert terminal.run(*WORDS)[0] == 1
    assert Job.objects.count() == 3, "the second time its job was found again"
    assert has_marks(terminal.directory / "copies/one.pdf")


@pytest.mark.parametrize("moment", ["filled", "started"])
def test_killed_it_goes_on_with_the_same_batch(moment: str, terminal: Terminal) -> None:
    first = terminal.start(*WORDS)
    running = Batch.objects.filter(state=Batch.State.RUNNING)
    wait_until(running.exists if moment == "started" else BatchItem.objects.exists)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with worker():
        assert terminal.run(*WORDS)[0] == 0
    assert (Batch.objects.count(), BatchItem.objects.count()) == (1, 3)
    assert (Document.objects.count(), Job.objects.count()) == (3, 3)
    assert copies(terminal) == ["one.pdf", "six.pdf", "two.pdf"]


def test_what_is_new_or_has_changed_is_another_batch(terminal: Terminal) -> None:
    with worker():
        assert terminal.run(*WORDS)[0] == 0
        (terminal.directory / "contracts/deep").mkdir()
        (terminal.directory / "contracts/deep/one.pdf").write_bytes(make_pdf(2))
        (terminal.directory / "contracts/two.pdf").write_bytes(make_pdf(2))
        (terminal.directory / "copies/two.pdf").unlink()
        assert terminal.run(*WORDS)[0] == 0
        assert terminal.run(*WORDS)[0] == 0
    assert [batch.total for batch in Batch.objects.order_by("created_at")] == [3, 2]
    assert has_marks(terminal.directory / "copies/deep/one.pdf")


def test_what_failed_is_told_and_tried_once_more(terminal: Terminal) -> None:
    (terminal.directory / "contracts/torn.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 2000)
    with worker():
        status, told, _ = terminal.run(*WORDS)
        (failed,) = [line for line in told if "error" in line]
        assert (status, failed["file"]) == (1, "contracts/torn.pdf")
        assert Job.objects.filter(pk=failed["error"]["job_id"]).exists()
        assert terminal.run(*WORDS)[0] == 1
    assert [batch.total for batch in Batch.objects.order_by("created_at")] == [4, 1]


def test_a_cancelled_batch_is_begun_anew(terminal: Terminal, owner: Person) -> None:
    first = terminal.start(*WORDS)
    wait_until(Batch.objects.filter(state=Batch.State.RUNNING).exists)
    cancel_batch(principal=owner.principal, batch_id=Batch.objects.get().pk)
    printed, _ = first.communicate(timeout=60)
    assert (first.returncode, printed.count('"code": "cancelled"')) == (1, 3)
    with worker():
        assert terminal.run(*WORDS)[0] == 0
    assert Batch.objects.count() == 2


def test_long_files_go_up_in_pieces(terminal: Terminal) -> None:
    path = terminal.directory / "long/long.pdf"
    path.parent.mkdir()
    path.write_bytes(make_pdf() + b"\n" * LONG)
    with worker():
        assert terminal.run("batch", "long", "-o", "copies", "--text", "x")[0] == 0
        assert terminal.run("mark", "long/long.pdf", "--text", "y", "--opacity", "0.7")[0] == 0
    assert [job.spec["watermark_text"] for job in Job.objects.order_by("created_at")] == ["x", "y"]


def test_two_do_not_write_the_same_copies(terminal: Terminal) -> None:
    target = terminal.directory / "copies"
    target.mkdir()
    with (target / ".countermark.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, (told,), _ = terminal.run(*WORDS)
    assert (status, told["error"]["code"]) == (2, "busy_folder")
    assert not Batch.objects.exists()


def test_a_preset_says_what_the_command_does_not(terminal: Terminal, owner: Person) -> None:
    config = {"watermark_text": "Of the preset", "position": "tile"}
    preset = create_preset(principal=owner.principal, name="Ours", config=config)
    words = ("mark", "contract.pdf", "--preset", str(preset.pk), "--position", "center")
    with worker():
        assert terminal.run(*words)[0] == 0
    spec = Job.objects.get().spec
    assert (spec["watermark_text"], spec["position"]) == ("Of the preset", "center")
