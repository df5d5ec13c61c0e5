"""U1 to U4: refused unread, hung up on, told of a full disk; twice is once; killed and gone on."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.chaos.customer import Customer, make_customer, small_pdf
from bench.chaos.finding import Finding
from bench.chaos.killed_upload import KilledUpload
from bench.chaos.part import Part, wait_until
from bench.chaos.stage import Stage
from config.tests.serving import Wire
from documents.models import Document, Job
from documents.tests.multipart import BOUNDARY, file_form
from documents.tests.small_disk import SmallDisk, is_possible

MEGABYTE, MEBIBYTE = 1_000_000, 1024 * 1024
SENT_BYTES = 200 * MEGABYTE
HEAD_SECONDS = 10.0
# Of waiting for bytes: what a client may be late at the minimum rate of 16 kB/s.
GRACE_SECONDS = 30.0
# What the kernel and the client's own buffers add to our clock.
SLACK_SECONDS = 3.0
AT_ONCE = 50


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Send what nobody should read, as slowly as nobody should, and the same fifty times."""
    web = stage.start_web()
    customer = make_customer(stage.url, max_file_bytes=10 * MEGABYTE, max_concurrent_uploads=64)
    token = customer.http.headers["authorization"]
    data = stage.directory / "data"

    yield refused(stage, data, web.pid, None, (401, "not_authenticated"), "anonymous")
    yield refused(stage, data, web.pid, token, (413, "payload_too_large"), "over the cap")
    with ThreadPoolExecutor(2) as both:
        heads, body = both.submit(late_heads, stage), both.submit(late_body, stage, token)
        yield heads.result()
        yield body.result()
    yield nothing_left(data)
    yield the_same_again(customer)
    stage.start_workers(1)
    stage.start_relays(1)
    wait_until(lambda: not Job.objects.filter(state__in=Job.LIVE_STATES).exists())
    yield killed(stage, web, short=short, seed=seed)
    web.stop()
    yield full_disk(stage, customer)


def refused(
    stage: Stage, data: Path, pid: int, token: str | None, expected: tuple[int, str], who: str
) -> Finding:
    """Send 200 MB regardless of the answer; see how much was read and kept of them."""
    before, written = files_below(data), written_by(pid)
    sent = 0
    with Wire(stage.port) as wire:
        wire.socket.settimeout(5)
        wire.head("POST", "/api/v1/documents/", **upload_headers(token, SENT_BYTES))
        block = b"x" * MEGABYTE
        try:
            while sent < SENT_BYTES:
                wire.socket.sendall(block)
                sent += len(block)
        except OSError:
            pass  # hung up on, as it should be
    with Wire(stage.port) as wire:
        wire.head("POST", "/api/v1/documents/", **upload_headers(token, SENT_BYTES))
        reply = wire.answer()
    got = (reply.status, json.loads(reply.body)["type"])
    spooled = written_by(pid) - written
    holds = got == expected and files_below(data) == before and spooled < MEGABYTE
    figures = f"{who}: {got[0]} {got[1]}, {sent // MEGABYTE} of 200 MB taken off the wire"
    return Finding("U1", holds, f"{figures}, {spooled:,} bytes written to disk (log included)")


def late_heads(stage: Stage) -> Finding:
    """Begin a hundred heads and never end them."""
    began_at = time.monotonic()
    wires = [Wire(stage.port) for _ in range(100)]
    for number, wire in enumerate(wires):
        wire.send("" if number % 2 else "POST /api/v1/documents/ HTTP/1.1\r\nhost: x\r\n")
    longest = 0.0
    for wire in wires:
        wire.socket.settimeout(60)
        while wire.socket.recv(4096):
            pass
        longest = max(longest, time.monotonic() - began_at)
        wire.close()
    figures = f"100 heads that never end: all hung up on within {longest:.1f} s"
    return Finding("U1", longest <= HEAD_SECONDS + SLACK_SECONDS, figures)


def late_body(stage: Stage, token: str) -> Finding:
    """Send a body at a kilobyte a second."""
    began_at = time.monotonic()
    with Wire(stage.port) as wire:
        wire.head("POST", "/api/v1/documents/", **upload_headers(token, MEGABYTE))
        wire.send(file_form(b"%PDF-")[:200])
        try:
            while time.monotonic() - began_at < 3 * GRACE_SECONDS:
                wire.send(b"x" * 1000)
                wire.socket.settimeout(1)
                try:
                    first = wire.socket.recv(4096)
                except TimeoutError:
                    continue
                break
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            first = b""
    seconds = time.monotonic() - began_at
    status = first.split(b" ")[1:2]
    # A kilobyte a second earns a sixteenth of a second each.
    holds = status == [b"408"] and seconds <= GRACE_SECONDS * 16 / 15 + SLACK_SECONDS
    answer = b"".join(status).decode() or "no answer"
    return Finding("U1", holds, f"a body at 1 kB/s: {answer} after {seconds:.1f} s")


def nothing_left(data: Path) -> Finding:
    """Of all that was refused or given up, no file may stay."""
    left = files_below(data)
    return Finding("U1", not left and not Document.objects.exists(), f"{len(left)} files left")


def the_same_again(customer: Customer) -> Finding:
    """Send one request fifty times at once, and once more, and its key with other bytes."""
    content, key = small_pdf(), "the-same-again"
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: customer.mark(content, key=key), range(AT_ONCE)))
    late, other = customer.mark(content, key=key), customer.mark(small_pdf(), key=key)
    statuses = Counter(answer.status_code for answer in answers)
    bodies = {answer.content for answer in (*answers, late) if answer.status_code == 202}
    rows = (Document.objects.count(), Job.objects.count())
    holds = (
        rows == (1, 1)
        and set(statuses) <= {202, 409}
        and len(bodies) == 1
        and (late.status_code, other.status_code) == (202, 422)
    )
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    figures = f"50 at once: {told}; later {late.status_code}, other bytes {other.status_code}"
    return Finding("U3", holds, f"{figures}; {rows[0]} document, {rows[1]} job")


def killed(stage: Stage, web: Part, *, short: bool, seed: int) -> Finding:
    """Kill the web process at random offsets of one long resumable upload, then once more."""
    dice = random.Random(seed)  # noqa: S311 - which blows fall, not a secret
    megabytes, kills = (20, 5) if short else (60, 20)
    customer = make_customer(stage.url, "Long", max_file_bytes=100 * MEGABYTE)
    content = b"%PDF-1.7\n" + dice.randbytes(megabytes * MEGABYTE)
    upload = KilledUpload(stage, web, customer, content, dice)
    upload.send(kills)
    document_id = upload.become_document()
    is_whole = upload.is_whole(document_id)
    made = Document.objects.filter(tenant=customer.tenant).count()
    holds = is_whole and made == 1 and upload.survived == upload.kills == kills
    figures = (
        f"{megabytes} MB killed at {kills} random offsets: {upload.survived} of {kills} gone on"
        f" from a true offset, {upload.resent / MEGABYTE:.1f} MB sent twice; killed again over its"
        f" document: {made} made; SHA-256 {'equal' if is_whole else 'differs'}"
    )
    return Finding("U4", holds, figures)


def full_disk(stage: Stage, customer: Customer) -> Finding:
    """Fill a file system of 16 MiB by uploads of one; make room; all is well again."""
    if not is_possible():
        return Finding("U2", True, "not looked at: no file system of one's own is allowed here")
    directory, before = stage.directory / "small", Document.objects.count()
    disk = SmallDisk(stage.start_web_on_small_disk(directory, 16 * MEBIBYTE).pid, directory)
    content = b"%PDF-1.7\n" + b"x" * MEBIBYTE
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: customer.upload(content), range(40)))
    statuses = Counter(answer.status_code for answer in answers)
    refusals = {answer.json()["type"] for answer in answers if answer.status_code != 201}
    rows = Document.objects.count() - before
    files = len(disk.files())
    for answer in answers:
        if answer.status_code == 201:
            customer.http.delete(f"/documents/{answer.json()['id']}/").raise_for_status()
    wait_until(lambda: not disk.files())
    after = customer.upload(content)
    customer.http.delete(f"/documents/{after.json()['id']}/").raise_for_status()
    holds = (
        set(statuses) == {201, 507}
        and refusals == {"storage_full"}
        and rows == files == statuses[201]
        and after.status_code == 201
    )
    told = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    figures = f"40 uploads of 1 MiB to a disk of 16: {told}; {rows} rows, {files} files"
    return Finding("U2", holds, f"{figures}; with room again: {after.status_code}")


def upload_headers(token: str | None, length: int) -> dict[str, object]:
    """Return what begins an upload of so many bytes."""
    named: dict[str, object] = {"authorization": token} if token else {}
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return {**named, "content_type": kind, "content_length": length}


def files_below(directory: Path) -> set[Path]:
    """Return every file there."""
    return {path for path in directory.rglob("*") if path.is_file()}


def written_by(pid: int) -> int:
    """Return how many bytes a process and its children have written to disk (proc_pid_io(5))."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if pid in (parent, int(stat.parent.name)):
                lines = (stat.parent / "io").read_text().splitlines()
                total += int(dict(line.split(": ") for line in lines)["write_bytes"])
        except (OSError, ValueError):
            continue
    return total
