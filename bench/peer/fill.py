"""Makes the peer's tables and rows; prints the ids of a job and of its document.

python -m bench.peer.fill KEY_HASH ROWS
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from sqlalchemy import insert, text

from bench.peer.app import engine, sessions
from bench.peer.rows import APIKey, Document, Job, Row, Tenant

DOCUMENT: dict[str, Any] = {
    "title": "Document",
    "file_name": "a.pdf",
    "content_type": "application/pdf",
    "size_bytes": 1,
    "sha256": "0" * 64,
    "page_count": 9,
}
CONFIG = {"watermark_text": "CONFIDENTIAL", "opacity": 0.3, "position": "center", "font_size": 12}


async def fill(key_hash: str, count: int) -> Job:
    """Fill the tables."""
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA peer"))
        await connection.run_sync(Row.metadata.create_all)
    async with sessions() as session:
        tenant = Tenant(name="Bench")
        session.add(tenant)
        await session.flush()
        session.add(APIKey(tenant_id=tenant.id, key_hash=key_hash))
        rows = insert(Document).returning(Document.id)
        fields = [{**DOCUMENT, "tenant_id": tenant.id} for _ in range(count)]
        ids = list(await session.scalars(rows, fields))
        job = {"tenant_id": tenant.id, "config": CONFIG, "state": "running", "pages": 100}
        await session.execute(insert(Job), [{**job, "document_id": found} for found in ids])
        asked = Job(**job, document_id=ids[0], page=40)
        session.add(asked)
        await session.commit()
    return asked


if __name__ == "__main__":
    made = asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
    print(made.id, made.document_id)
