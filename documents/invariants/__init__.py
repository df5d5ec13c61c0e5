"""What this room keeps true (see config/invariants.py)."""

from __future__ import annotations

from documents.invariants import assets, batches, blobs, documents, jobs, presets, uploads

INVARIANTS = [
    *jobs.INVARIANTS,
    *batches.INVARIANTS,
    *documents.INVARIANTS,
    *blobs.INVARIANTS,
    *uploads.INVARIANTS,
    *assets.INVARIANTS,
    *presets.INVARIANTS,
]
