"""The peer's tables: what its answers need, with the indexes that its queries need."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Row(DeclarativeBase):
    """What all have."""

    type_annotation_map = {dict[str, Any]: JSON, datetime: DateTime(timezone=True)}

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Tenant(Row):
    """A customer."""

    __tablename__ = "tenants"

    name: Mapped[str]


class APIKey(Row):
    """A key, kept as SHA-256."""

    __tablename__ = "api_keys"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id"))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)


class Document(Row):
    """An upload."""

    __tablename__ = "documents"
    __table_args__ = (Index("documents_by_tenant", "tenant_id", "created_at", "id"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id"))
    title: Mapped[str]
    file_name: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    page_count: Mapped[int | None]


class Job(Row):
    """One document to be marked."""

    __tablename__ = "jobs"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tenants.id"))
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(default="queued")
    config: Mapped[dict[str, Any]]
    page: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int | None]
    attempt: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
