"""Examples in the OpenAPI document; a test holds them against the schema."""

from __future__ import annotations

from typing import Any

HOST = "https://api.example.com"
DOCUMENT_ID = "1f0c3a52-6f0e-4a54-9d3b-52f7b8f1f6d0"
UPLOAD_ID = "c0a4f6de-33c5-4c0b-9a55-0d3f0c4f7d11"
PRESET_ID = "5b0f4c0e-94d5-4c64-8f7e-0a6c2f3a9d55"
ASSET_ID = "0e4d2f7a-3c51-4d0b-8a2f-6b1c9d7e5f43"
JOB_ID = "7d9f4f1c-5a0b-4c67-8a44-0a4b7f1f2c9e"
CONFIG_EXAMPLE = {"watermark_text": "Confidential", "opacity": 0.3, "position": "diagonal"}
_DEFAULTS = {
    "font_size": 12,
    "font_family": "sans",
    "font_weight": "regular",
    "align": None,
    "color": "#808080",
    "rotation": None,
    "scale": None,
    "layer": "over",
    "pages": "all",
    "margin": 36.0,
    "offset_x": 0.0,
    "offset_y": 0.0,
    "tile": {"gap_x": None, "gap_y": None, "stagger": True},
    "layers": [],
    "strength": "standard",
    "preserve_signatures": "refuse",
    "active_content": "keep",
    "output": {"format": None},
}


def document_example(page_count: int | None = 12) -> dict[str, Any]:
    """Return a stored document; its pages are counted when it is marked for the first time."""
    return {
        "id": DOCUMENT_ID,
        "title": "Offer 2026-17",
        "file_name": "offer-2026-17.pdf",
        "format": "pdf",
        "content_type": "application/pdf",
        "size_bytes": 482_133,
        "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "page_count": page_count,
        "created_at": "2026-11-21T09:30:00.120000Z",
        "download_url": f"{HOST}/api/v1/documents/{DOCUMENT_ID}/download/",
    }


def upload_example(**more: Any) -> dict[str, Any]:
    """Return a resumable upload of which a part has arrived, with ``more`` said of it."""
    upload = {
        "id": UPLOAD_ID,
        "offset": 131_072,
        "size_bytes": 482_133,
        "file_name": "offer-2026-17.pdf",
        "expires_at": "2026-11-22T09:30:00.120000Z",
        "document_id": None,
    }
    return upload | more


def config_example() -> dict[str, Any]:
    """Return a configuration with all its fields."""
    return {**_DEFAULTS, **CONFIG_EXAMPLE}


def preset_example() -> dict[str, Any]:
    """Return a preset that has been changed twice."""
    return {
        "id": PRESET_ID,
        "name": "Drafts",
        "config": {"watermark_text": "DRAFT", "position": "diagonal", "opacity": 0.2},
        "is_default": False,
        "version": 3,
        "created_at": "2026-11-20T08:12:00.004000Z",
        "updated_at": "2026-11-21T09:30:00.120000Z",
    }


def asset_example() -> dict[str, Any]:
    """Return a logo."""
    return {
        "id": ASSET_ID,
        "name": "Logo",
        "file_name": "logo.png",
        "kind": "image",
        "format": "png",
        "content_type": "image/png",
        "size_bytes": 18_204,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "width": 640,
        "height": 200,
        "font_name": "",
        "version": 1,
        "created_at": "2026-11-20T08:12:00.004000Z",
        "download_url": f"{HOST}/api/v1/assets/{ASSET_ID}/download/",
    }


def job_example(state: str, **more: Any) -> dict[str, Any]:
    """Return a job in ``state``, with ``more`` said of it."""
    job: dict[str, Any] = {
        "id": JOB_ID,
        "document_id": DOCUMENT_ID,
        "batch_id": None,
        "state": state,
        "seq": 0,
        "progress": {"percent": 0, "page": 0, "pages": None, "stage": ""},
        "queue_position": None,
        "error": None,
        "attempt": 0 if state == "queued" else 1,
        "cancel_requested": False,
        "created_at": "2026-11-21T09:30:01.004000Z",
        "started_at": None if state == "queued" else "2026-11-21T09:30:01.101000Z",
        "finished_at": None,
        "expires_at": None,
        "charge": {"state": "reserved", "documents": 1, "pages": None},
        "warnings": [],
        "config": config_example(),
        "webhook_url": None,
        "retry_of": None,
        "download_url": None,
    }
    return job | _PARTS.get(state, {}) | more


_ENDED = {
    "seq": 14,
    "finished_at": "2026-11-21T09:30:01.380000Z",
    "charge": {"state": "free", "documents": 0, "pages": 0},
}
_PARTS: dict[str, dict[str, Any]] = {
    "running": {
        "seq": 6,
        "progress": {"percent": 41, "page": 5, "pages": 12, "stage": "marking"},
        "charge": {"state": "reserved", "documents": 1, "pages": 12},
    },
    "succeeded": _ENDED
    | {
        "progress": {"percent": 100, "page": 12, "pages": 12, "stage": "done"},
        "expires_at": "2026-12-21T09:30:01.380000Z",
        "charge": {"state": "charged", "documents": 1, "pages": 12},
        "download_url": f"{HOST}/api/v1/jobs/{JOB_ID}/result/",
    },
    "failed": _ENDED
    | {
        "error": {
            "code": "encrypted",
            "message": "This document is protected with a password that we do not have.",
            "retryable": False,
        }
    },
    "cancelled": _ENDED,
}
