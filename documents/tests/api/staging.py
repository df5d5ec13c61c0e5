"""Handing a form over as the upload lane does, for tests of what the views make of it."""

from __future__ import annotations

from typing import Any

from config.upload_form import UPLOAD_KEY, StagedFile, StagedForm
from documents.storage import blob_store
from documents.tests.factories import make_pdf

FORM = "multipart/form-data; boundary=x"


def staged_file(content: bytes | None = None, name: str = "offer.pdf") -> StagedFile:
    """Return a file that waits in the staging area."""
    staged = blob_store().stage()
    staged.write([make_pdf() if content is None else content])
    staged.close()
    return StagedFile(
        path=staged.path,
        name=name,
        content_type="application/pdf",
        size_bytes=staged.size_bytes,
        sha256=staged.sha256,
    )


def handed_over(
    *files: StagedFile, field: str = "file", **fields: str | list[str]
) -> dict[str, Any]:
    """Return what makes a test client's POST the end of an upload; a list is a repeated field.

    ``field``: the name of the files' parts.
    """
    form = StagedForm(
        fields={
            name: [given] if isinstance(given, str) else given for name, given in fields.items()
        },
        files={field: list(files)} if files else {},
    )
    return {"content_type": FORM, UPLOAD_KEY: form}
