"""Every way through the engine, inside the whole sandbox: what it loads late it may still load."""

from __future__ import annotations

import signal

import pytest

from documents.sandbox.errors import EngineCrashed
from documents.tests import builders
from documents.tests.sandbox.running import LIMITS, knows_landlock, run
from documents.watermark.errors import Damaged
from documents.watermark.rendering import drawn_by_pdfium
from documents.watermark.spec import WatermarkSpec

TEXTS = ["DRAFT", "नमस्ते", "مرحبا\nשלום", "機密文書", "ภาษาไทย", "{{ page }}/{{ pages }}"]
STRENGTHS = ["standard", "sealed", "raster"]
BLANK_HEADER = builders.plain(2).replace(b"startxref", b"startxxxx")
DOCUMENTS = {
    "plain": (builders.plain(2), "append"),
    "object streams": (builders.object_streams(2), "append"),
    "linearized": (builders.linearized(2), "append"),
    "encrypted": (builders.encrypted(), "append"),
    "shifted": (builders.with_shifted_offsets(), "qpdf"),
    "no startxref": (BLANK_HEADER, "qpdf"),
}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_strength_and_repair(files, name, strength):
    data, method = DOCUMENTS[name]
    files["source"].write_bytes(data)
    done = run(files, spec=WatermarkSpec.parse({"watermark_text": "X", "strength": strength}))
    assert done.method == ("raster" if strength == "raster" else method)
    with files["target"].open("rb") as file, drawn_by_pdfium(file, None) as document:
        assert len(document) == done.pages


@pytest.mark.parametrize("text", TEXTS)
def test_every_script(files, text):
    """HarfBuzz and fonts are loaded for the ones that need them."""
    assert run(files, spec=WatermarkSpec.parse({"watermark_text": text})).pages == 3


def test_active_content_is_stripped(files):
    files["source"].write_bytes(
        builders.plain(1).replace(
            b"/Type/Catalog", b"/OpenAction<</S/JavaScript/JS(1)>>/Type/Catalog"
        )
    )
    spec = WatermarkSpec.parse({"watermark_text": "X", "active_content": "strip"})
    assert "active_content_removed" in [notice.code for notice in run(files, spec=spec).warnings]
    assert b"JavaScript" not in files["target"].read_bytes()


def test_nothing_is_left_beside_the_copy(files):
    run(files, spec=WatermarkSpec.parse({"watermark_text": "X", "strength": "raster"}))
    assert {path.name for path in files["target"].parent.iterdir()} == {"in.pdf", "out.pdf"}


@pytest.mark.parametrize(
    "attempt",
    [
        "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
        "os.execv('/bin/true', ['/bin/true'])",
        "os.execv(sys.executable, [sys.executable, '-c', ''])",
    ],
)
def test_who_calls_what_is_fatal_is_ended(files, child, attempt):
    """And that is told apart from other crashes, in the log."""
    child(f"{attempt}; time.sleep(60)")
    with pytest.raises(EngineCrashed) as caught:
        run(files, LIMITS)
    assert f"exit status {-signal.SIGSYS}" in caught.value.detail


def refused(files, child, attempt: str) -> None:
    """Hold the child to its being refused."""
    child(
        f"""
try:
    {attempt}
except (OSError, RuntimeError):
    tell(b'{{"error": {{"code": "damaged"}}}}')
else:
    tell(b'{{"system_error": [0, "done"]}}')
"""
    )
    with pytest.raises(Damaged):
        run(files)


@pytest.mark.skipif(not knows_landlock(), reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    "attempt",
    [
        "os.open('/etc/passwd', os.O_RDONLY)",
        "os.open(f'/proc/{os.getppid()}/environ', os.O_RDONLY)",
        "os.open(f'/proc/{os.getppid()}/mem', os.O_RDONLY)",
        "os.open('/proc/self/environ', os.O_RDONLY)",
        "os.listdir('/proc/self/fd')",
        "os.listdir('/tmp')",
    ],
)
def test_what_it_would_read_is_refused(files, child, attempt):
    refused(files, child, attempt)


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.socketpair()",
        "os.fork()",
        "import threading; threading.Thread(target=print).start()",
        "import subprocess; subprocess.run(['/bin/true'])",
        "os.kill(os.getppid(), 0)",
        "os.killpg(1, 0)",
        "os.memfd_create('x')",
        "os.open('/tmp/x', os.O_WRONLY | os.O_CREAT)",
        "os.open(f'/proc/self/fd/{request[\"source\"]}', os.O_RDWR)",
        "os.unlink('/tmp/x')",
        "os.mkdir('/tmp/x')",
        "os.rename('/tmp/x', '/tmp/y')",
        "os.symlink('/tmp/x', '/tmp/y')",
        "os.chmod('/tmp', 0o777)",
        "os.utime('/tmp')",
        "os.truncate('/tmp/x', 0)",
        "os.setuid(1)",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.setxattr('/tmp', 'user.x', b'')",
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    ],
)
def test_whatever_else_it_tries_is_refused(files, child, attempt):
    refused(files, child, attempt)
