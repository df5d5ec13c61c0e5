"""FastAPI + SQLAlchemy async + Celery, as the articles build it: ``uvicorn bench.peer.app:app``.

Four operations of ours with the same answers; without quotas, idempotency, rate limits, outbox,
audit log and walls in the database, which ours has in each figure that is compared.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from celery import Celery
from fastapi import Depends, FastAPI, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.peer.rows import APIKey, Document, Job, Tenant

engine = create_async_engine(
    os.environ["PEER_DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:", 1),
    pool_size=12,
    max_overflow=4,
    connect_args={"server_settings": {"search_path": "peer"}},
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
queue = Celery("peer", broker=os.environ["REDIS_URL"])
queue.conf.task_default_queue = "peer"
directory = Path(os.environ["PEER_DIRECTORY"])
app = FastAPI()


@queue.task(name="peer.mark")
def mark(job_id: str) -> None:
    """Stand for the work, which nobody does here."""


class DocumentOut(BaseModel):
    """A document."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    title: str
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    page_count: int | None
    created_at: datetime
    download_url: str


class DocumentPage(BaseModel):
    """A page of documents."""

    results: list[DocumentOut]
    next: str | None
    previous: str | None


class Progress(BaseModel):
    """How far a job is."""

    percent: int
    page: int
    pages: int | None
    stage: str


class JobOut(BaseModel):
    """A job."""

    id: uuid.UUID
    document_id: uuid.UUID
    state: str
    progress: Progress
    attempt: int
    error: dict[str, Any] | None
    config: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    download_url: str | None


class WatermarkConfig(BaseModel):
    """What to draw."""

    watermark_text: str = Field(min_length=1, max_length=100)
    opacity: float = Field(0.3, ge=0, le=1)
    position: Literal["center", "diagonal", "tile", "top_left", "bottom_right"] = "center"
    font_size: int = Field(12, ge=8, le=72)


async def session() -> AsyncIterator[AsyncSession]:
    """Give each request a session."""
    async with sessions() as found:
        yield found


Database = Annotated[AsyncSession, Depends(session)]


async def tenant_of(request: Request, database: Database) -> Tenant:
    """Return whose key the request shows."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    digest = hashlib.sha256(key.encode()).hexdigest()
    rows = select(Tenant).join(APIKey, APIKey.tenant_id == Tenant.id)
    tenant = await database.scalar(rows.where(APIKey.key_hash == digest))
    if scheme.lower() != "bearer" or tenant is None:
        raise HTTPException(401, "The API key is not valid.")
    return tenant


Caller = Annotated[Tenant, Depends(tenant_of)]


def document_out(document: Document, request: Request) -> DocumentOut:
    """Return what the client sees of ``document``."""
    document.download_url = str(request.url_for("get_document", document_id=document.id))
    return DocumentOut.model_validate(document)


def job_out(job: Job) -> JobOut:
    """Return what the client sees of ``job``."""
    percent = job.page * 100 // job.pages if job.pages else 0
    return JobOut(
        id=job.id,
        document_id=job.document_id,
        state=job.state,
        progress=Progress(percent=percent, page=job.page, pages=job.pages, stage=""),
        attempt=job.attempt,
        error={"code": job.error_code} if job.error_code else None,
        config=job.config,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        download_url=None,
    )


@app.get("/ready")
async def ready() -> dict[str, str]:
    """Say that this process serves."""
    return {"status": "ready"}


@app.get("/api/v1/documents/")
async def list_documents(
    request: Request, caller: Caller, database: Database, limit: int = 25
) -> DocumentPage:
    """List the newest documents."""
    newest = select(Document).where(Document.tenant_id == caller.id)
    newest = newest.order_by(Document.created_at.desc(), Document.id.desc()).limit(limit)
    found = (await database.scalars(newest)).all()
    return DocumentPage(
        results=[document_out(one, request) for one in found], next=None, previous=None
    )


@app.get("/api/v1/documents/{document_id}/")
async def get_document(
    request: Request, document_id: uuid.UUID, caller: Caller, database: Database
) -> DocumentOut:
    """Show a document."""
    return document_out(await own_document(document_id, caller, database), request)


@app.get("/api/v1/jobs/{job_id}/")
async def get_job(job_id: uuid.UUID, caller: Caller, database: Database) -> JobOut:
    """Show a job."""
    job = await database.scalar(select(Job).where(Job.id == job_id, Job.tenant_id == caller.id))
    if job is None:
        raise HTTPException(404, "Not found.")
    return job_out(job)


@app.post("/api/v1/documents/{document_id}/watermark/", status_code=202)
async def watermark(
    document_id: uuid.UUID,
    config: WatermarkConfig,
    response: Response,
    caller: Caller,
    database: Database,
) -> JobOut:
    """Ask for a mark on a stored document."""
    document = await own_document(document_id, caller, database)
    job = Job(tenant_id=caller.id, document_id=document.id, config=config.model_dump())
    database.add(job)
    await database.commit()
    await database.refresh(job)
    mark.delay(str(job.id))
    response.headers["Location"] = f"/api/v1/jobs/{job.id}/"
    return job_out(job)


@app.post("/api/v1/documents/", status_code=201)
async def upload(
    request: Request, file: UploadFile, caller: Caller, database: Database
) -> DocumentOut:
    """Store an upload."""
    name, digest, size = uuid.uuid4(), hashlib.sha256(), 0
    with (directory / str(name)).open("wb") as stored:
        while chunk := await file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
            stored.write(chunk)
        stored.flush()
        os.fsync(stored.fileno())
    document = Document(
        tenant_id=caller.id,
        title=file.filename,
        file_name=file.filename,
        content_type="application/pdf",
        size_bytes=size,
        sha256=digest.hexdigest(),
    )
    database.add(document)
    await database.commit()
    await database.refresh(document)
    return document_out(document, request)


async def own_document(document_id: uuid.UUID, caller: Tenant, database: AsyncSession) -> Document:
    """Return the caller's document, or answer 404."""
    own = select(Document).where(Document.id == document_id, Document.tenant_id == caller.id)
    document = await database.scalar(own)
    if document is None:
        raise HTTPException(404, "Not found.")
    return document
