"""Plain functions that make documents and jobs, with real bytes in the blob store."""

from __future__ import annotations

import io
import itertools
import uuid
import zlib
from datetime import timedelta
from typing import Any

from django.utils import timezone
from PIL import Image

from accounts.models import Tenant
from accounts.tests.factories import make_tenant
from documents.formats.asset_kinds import AssetFormat
from documents.models import Asset, Batch, BatchItem, Blob, Document, Job, Preset, ResumableUpload
from documents.storage import blob_store, resumable_files
from documents.watermark.spec import WatermarkSpec

A4_POINTS = (595, 842)
_numbers = itertools.count(1)


def make_pdf(pages: int = 1, *, size: tuple[float, float] = A4_POINTS) -> bytes:
    """Return a PDF of blank pages, ``size`` in points; ten thousand take a moment."""
    kids = " ".join(f"{number} 0 R" for number in range(3, pages + 3))
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size[0]} {size[1]}]>>"
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]>>"]
    objects += [page] * pages
    parts, offsets, at = ["%PDF-1.7\n"], [], 9
    for number, written in enumerate(objects, start=1):
        parts.append(f"{number} 0 obj\n{written}\nendobj\n")
        offsets.append(f"{at:010} 00000 n \n")
        at += len(parts[-1])
    count = len(objects) + 1
    parts += [f"xref\n0 {count}\n0000000000 65535 f \n", *offsets]
    parts.append(f"trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n")
    return "".join(parts).encode()


def make_blob(tenant: Tenant, content: bytes) -> Blob:
    """Return the row of ``content``, which is in the store."""
    store, blob_id = blob_store(), uuid.uuid4()
    staged = store.stage()
    staged.write([content])
    store.commit(staged, blob_id)
    staged.close()
    return Blob.objects.create(
        id=blob_id,
        tenant=tenant,
        size_bytes=staged.size_bytes,
        sha256=staged.sha256,
        crc32=zlib.crc32(content),
    )


def make_document(
    tenant: Tenant | None = None, *, content: bytes | None = None, **fields: Any
) -> Document:
    """Return a new document of ``tenant`` or a new one: one blank page unless ``content`` says."""
    tenant = tenant or make_tenant()
    number = next(_numbers)
    fields.setdefault("title", f"Document {number}")
    fields.setdefault("file_name", f"document-{number}.pdf")
    fields.setdefault("content_type", "application/pdf")
    blob = make_blob(tenant, make_pdf() if content is None else content)
    return Document.objects.create(tenant=tenant, blob=blob, **fields)


def make_picture(
    color: str = "red", *, size: tuple[int, int] = (40, 20), format: str = "PNG"
) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, format)
    return file.getvalue()


def make_asset(
    tenant: Tenant | None = None,
    *,
    content: bytes | None = None,
    format: str = "png",
    **fields: Any,
) -> Asset:
    """Return a new asset: a small red picture, unless ``content`` and ``format`` say otherwise."""
    tenant = tenant or make_tenant()
    number = next(_numbers)
    fields.setdefault("name", f"Logo {number}")
    fields.setdefault("file_name", f"logo-{number}.{format}")
    kind = AssetFormat(format).kind
    blob = make_blob(tenant, make_picture() if content is None else content)
    asset = Asset.objects.create(tenant=tenant, blob=blob, format=format, kind=kind.value, **fields)
    asset.refresh_from_db()
    return asset


def make_upload(
    tenant: Tenant | None = None, *, content: bytes = b"", size_bytes: int = 1000, **fields: Any
) -> ResumableUpload:
    """Return an open resumable upload of which ``content`` has arrived."""
    fields.setdefault("expires_at", timezone.now() + timedelta(hours=24))
    fields.setdefault("file_name", f"upload-{next(_numbers)}.pdf")
    upload = ResumableUpload.objects.create(
        tenant=tenant or make_tenant(), size_bytes=size_bytes, **fields
    )
    resumable_files().create(upload.pk)
    with resumable_files().open(upload.pk) as file:
        file.write([content])
    return upload


def make_preset(tenant: Tenant | None = None, **fields: Any) -> Preset:
    """Return a new preset that says DRAFT, unless ``config`` says otherwise."""
    fields.setdefault("name", f"Preset {next(_numbers)}")
    fields.setdefault("config", {"watermark_text": "DRAFT"})
    preset = Preset.objects.create(tenant=tenant or make_tenant(), **fields)
    preset.refresh_from_db()
    return preset


def make_spec(text: str = "DRAFT", **fields: Any) -> WatermarkSpec:
    """Return a spec that says ``text``."""
    return WatermarkSpec(watermark_text=text, **fields)


def make_batch(
    tenant: Tenant | None = None, *, items: int = 1, state: str = "running", **fields: Any
) -> Batch:
    """Return a batch in ``state`` with jobs that are in the state that goes with it.

    ``open`` has no jobs yet. Written past the services.
    """
    tenant = tenant or make_tenant()
    states = {"running": "queued", "completed": "succeeded"}
    counted = {"completed": "succeeded", "failed": "failed", "cancelled": "cancelled"}.get(state)
    ended = {"finished_at": timezone.now(), counted: items} if counted else {}
    started = {} if state == "open" else {"started_at": timezone.now(), "runs": 1}
    fields = {"title": f"Batch {next(_numbers)}", **ended, **started, **fields}
    fields.setdefault("spec", make_spec().as_dict())
    batch = Batch.objects.create(tenant=tenant, state=state, total=items, **fields)
    for position in range(1, items + 1):
        document = make_document(tenant)
        job = None
        if state != "open":
            job = make_job(document, state=states.get(state, state), batch=batch)
        BatchItem.objects.create(
            tenant=tenant,
            batch=batch,
            position=position,
            file_name=document.file_name,
            document=document,
            job=job,
        )
    return batch


def make_job(document: Document | None = None, *, state: str = "queued", **fields: Any) -> Job:
    """Return a new job in ``state``, with whatever that state asks for: lease, copy, error.

    Written past the service: nobody is told, and no worker is woken up.
    """
    document = document or make_document()
    now = timezone.now()
    if state == "running":
        fields = {"lease_token": uuid.uuid4(), "lease_until": now, "attempt": 1, **fields}
    elif state != "queued":
        fields = {"finished_at": now, **fields}
    if state == "succeeded" and "result_purged_at" not in fields:
        fields.setdefault("result", make_blob(document.tenant, make_pdf()))
    if state == "failed":
        fields = {"error_code": "damaged", "error_message": "It is damaged.", **fields}
    fields.setdefault("spec", make_spec().as_dict())
    return Job.objects.create(tenant=document.tenant, document=document, state=state, **fields)
