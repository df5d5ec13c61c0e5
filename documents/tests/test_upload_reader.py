"""How a form is cut into pieces by the network decides nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from accounts.tests.cast import Person
from config.upload_form import StagedForm
from config.wire.patience import PatientReceive
from config.wire.threads import Threads
from config.wire.types import Message
from documents.storage import blob_store
from documents.tests.multipart import BOUNDARY, END, part
from documents.upload_lane.admission import Admission
from documents.upload_lane.reader import BATCH_BYTES, FormReader
from documents.upload_lane.routes import ROUTES

SCOPE = {"headers": [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]}


def read(reader: FormReader, *pieces: bytes) -> StagedForm:
    coming = list(pieces)

    async def receive() -> Message:
        return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}

    async def run() -> StagedForm:
        return await reader.read(PatientReceive(receive), Threads(name="disk", count=1))

    return asyncio.run(run())


def test_an_empty_file_input_whose_head_ends_a_batch_leaves_nothing(
    owner: Person, blob_dir: Path
) -> None:
    admission = Admission(owner.principal, 2 * BATCH_BYTES, 2 * BATCH_BYTES, 1)
    reader = FormReader(SCOPE, ROUTES["/documents/upload/"], admission, blob_store())
    form = part("files", bytes(BATCH_BYTES), "a.pdf") + part("files", b"", "") + END
    head_ends = form.rindex(b"\r\n\r\n") + 4

    (staged,) = read(reader, form[:head_ends], form[head_ends:]).files["files"]

    assert [path for path in blob_dir.rglob("*") if path.is_file()] == [staged.path]
