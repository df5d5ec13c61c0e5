"""What a child can do that has been taken over or gone mad: nothing but end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from documents.sandbox import launch
from documents.sandbox.confinement import CAP_DAC_READ_SEARCH
from documents.sandbox.errors import EngineCrashed, EngineTimeout, Stopped
from documents.tests.sandbox.conftest import LIMITED
from documents.tests.sandbox.running import LIMITS, ROOT, children, is_alive, run, waited_for
from documents.watermark.errors import Damaged, OutOfMemory


@pytest.mark.parametrize(
    "body", ["bytearray(1 << 30)", "import array; array.array('B', bytes(1 << 30))"]
)
def test_memory_limit_holds_for_whatever_runs(files, child, body):
    child(body)
    with pytest.raises(OutOfMemory):
        run(files, replace(LIMITS, memory_bytes=256 << 20))


@pytest.mark.parametrize(
    "words",
    [
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "cannot allocate memory for thread-local data: ABORT",
    ],
)
def test_memory_that_a_library_did_not_get(files, child, words):
    """It ends the process in ways of its own; trying again would not help."""
    child(f"sys.stderr.write({words!r}); sys.stderr.flush(); os._exit(127)")
    with pytest.raises(OutOfMemory):
        run(files)


def test_processor_limit(files, child):
    child("while True: pass")
    with pytest.raises(EngineTimeout) as caught:
        run(files, replace(LIMITS, cpu_seconds=1))
    assert caught.value.code == "timeout"


def test_wall_clock_limit_ends_the_whole_group(files, child, tmp_path):
    note = tmp_path / "grandchild"
    child(
        f"""
pid = os.fork()
if pid:
    open({str(note)!r}, 'w').write(str(pid))
time.sleep(60)
""",
        LIMITED,
    )
    with pytest.raises(EngineTimeout):
        run(files, replace(LIMITS, wall_seconds=1))
    assert waited_for(lambda: not is_alive(int(note.read_text())))
    assert not files["target"].exists()


def test_wall_clock_limit_counts_after_the_last_word_too(files, child):
    child("os.close(request['answers']); os.close(2); time.sleep(60)")
    with pytest.raises(EngineTimeout):
        run(files, replace(LIMITS, wall_seconds=1))


def test_a_page_that_takes_too_long(files, child):
    """Long before the run as a whole would; telling the same page again does not help."""
    child(
        """
while True:
    tell(b'{"page": 1, "pages": 9}')
    time.sleep(0.1)
"""
    )
    with pytest.raises(EngineTimeout):
        run(files, replace(LIMITS, page_seconds=1, wall_seconds=10**6, cpu_seconds=10**6))


def test_pages_that_come_may_take_longer_together(files, child):
    child(
        """
for page in range(10):
    tell(b'{"page": %d, "pages": 10}' % page)
    time.sleep(0.5)
tell(b'{"error": {"code": "damaged"}}')
"""
    )
    with pytest.raises(Damaged):
        run(files, replace(LIMITS, page_seconds=4))


def test_stop(files, child):
    child("time.sleep(60)")
    before = children()
    with pytest.raises(Stopped):
        run(files, should_stop=lambda: True)
    assert children() == before


def test_an_error_of_the_caller_ends_the_child(files, child):
    child("time.sleep(60)")
    before = children()

    def fail() -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        run(files, should_stop=fail)
    assert children() == before


def test_it_is_asked_again_without_any_page(files, child):
    child("time.sleep(60)")
    answers = iter([False, True])
    with pytest.raises(Stopped):
        run(files, should_stop=lambda: next(answers))


def test_kill_is_a_crash_that_may_pass(files, child):
    child("time.sleep(60)")
    before = children()

    def kill() -> bool:
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        return False

    with pytest.raises(EngineCrashed) as caught:
        run(files, should_stop=kill)
    assert caught.value.retryable
    assert caught.value.code == "engine_crashed"
    assert "exit status -9" in caught.value.detail


@pytest.mark.parametrize(
    "body",
    [
        "raise LookupError('secret')",
        "os._exit(0)",
        "os.kill(os.getpid(), 11)",
        "tell(b'no json')",
        "tell(b'[]')",
        'tell(b\'{"page": "x", "pages": 1}\')',
        'tell(b\'{"done": {"pages": 1}}\')',
        'tell(b\'{"error": {"code": "invented"}}\')',
        "tell(b'{\"done\": 1}'); os._exit(3)",
        "tell(b'x' * (1 << 21))",
        "sys.stderr.write('noise' * 1000000); raise SystemExit(1)",
    ],
)
def test_a_child_that_talks_nonsense_is_a_crash(files, child, body):
    child(body)
    with pytest.raises(EngineCrashed) as caught:
        # Memory without end, since the peak of a large test process would count as the child's.
        run(files, replace(LIMITS, memory_bytes=1 << 40))
    assert "secret" not in caught.value.message
    assert not files["target"].exists()


def test_a_file_that_cannot_be_written(files, child):
    child('tell(b\'{"system_error": [28, "No space left on device"]}\')')
    with pytest.raises(OSError, match="No space left") as caught:
        run(files)
    assert caught.value.errno == 28


def test_child_is_confined(files, child, tmp_path):
    """It sees none of our environment and files, and cannot get rights back."""
    report = tmp_path / "report"
    everything = """[request[name] for name in (*FILES, 'answers')]"""
    child(
        f"""
import resource
status = open('/proc/self/status').read()
descriptors = sorted(int(n) for n in os.listdir('/proc/self/fd'))
open({str(report)!r}, 'w').write(repr({{
    'environment': sorted(set(os.environ) - {{'LC_CTYPE'}}),
    'descriptors': descriptors,
    'named': sorted([0, 1, 2, *{everything}]),
    'no_new_privs': 'NoNewPrivs:\\t1' in status,
    'own_session': os.getsid(0) == os.getpid(),
    'folder': os.getcwd(),
    'arguments': sys.argv[1:],
    'limits': {{
        name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name))
        for name in ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE')
    }},
    'capabilities': int(status.partition('CapEff:')[2].split()[0], 16),
    'isolated': sys.flags.isolated,
}}))
os._exit(1)
""",
        LIMITED,
    )
    os.environ["COUNTERMARK_TEST_SECRET"] = "x"
    try:
        with files["source"].open("rb"), suppress(EngineCrashed):
            run(files)
    finally:
        del os.environ["COUNTERMARK_TEST_SECRET"]
    told = eval(report.read_text())  # noqa: S307 - our own text from a few lines above
    assert told["environment"] == ["LANG", "PATH"]
    assert len(set(told["descriptors"]) - set(told["named"])) <= 1  # the listing itself
    assert told["no_new_privs"] and told["own_session"] and told["isolated"]
    assert (told["folder"], told["arguments"]) == ("/", [])
    assert told["capabilities"] & ~CAP_DAC_READ_SEARCH == 0
    assert told["limits"] == {
        "AS": (LIMITS.memory_bytes, LIMITS.memory_bytes),
        "CPU": (LIMITS.cpu_seconds, LIMITS.cpu_seconds + 1),
        "FSIZE": (LIMITS.output_bytes, LIMITS.output_bytes),
        "NOFILE": (LIMITS.open_files, LIMITS.open_files),
        "CORE": (0, 0),
    }


def test_child_imports_no_framework(files):
    program = (
        "import sys; sys.argv = ['x']; import documents.sandbox.child, documents.watermark.engine,"
        " pikepdf; print([m for m in ('django', 'celery', 'socket', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_child_loads_nothing_that_takes_long(files):
    """Each of these costs an ordinary document milliseconds and gives it nothing."""
    slow = "dataclasses typing pathlib tempfile logging hashlib inspect subprocess pikepdf PIL"
    program = f"""
import sys
import documents.sandbox.child
from documents.watermark import WatermarkSpec, apply
apply({str(files["source"])!r}, {str(files["target"])!r}, WatermarkSpec(watermark_text="DRAFT"))
print([name for name in {slow.split()} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})" + program],
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_child_dies_with_its_parent(files, tmp_path, child):
    note = tmp_path / "pid"
    child(f"open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)", LIMITED)
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from documents.sandbox import launch
from documents.sandbox.confinement import CAP_DAC_READ_SEARCH
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.run import run_engine
from documents.watermark import WatermarkSpec
launch.CHILD = Path({str(launch.CHILD)!r})
run_engine(source=Path({str(files["source"])!r}), target=Path({str(files["target"])!r}),
           spec=WatermarkSpec(watermark_text="x"), limits=SandboxLimits())
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    pid = int(waited_for(lambda: note.exists() and note.read_text()))
    parent.kill()
    parent.wait()
    assert waited_for(lambda: not is_alive(pid))
