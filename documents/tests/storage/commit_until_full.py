"""Commits small blobs until the disk has no room for another name; reports on the same disk."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from uuid import uuid4

from documents.storage import LocalBlobStore, StorageFull


def commit(store: LocalBlobStore) -> None:
    """Commit one blob, or leave nothing."""
    staged = store.stage()
    try:
        staged.write([b"x"])
        store.commit(staged, uuid4())
    finally:
        staged.discard()


def report(root: Path) -> dict[str, object]:
    """Fill the disk, make room, and tell how that went."""
    store, committed, refused = LocalBlobStore(root / "blobs"), 0, ""
    store.stage().discard()
    reserve = root / "reserve"
    reserve.touch()
    while not refused:
        try:
            commit(store)
            committed += 1
        except (StorageFull, OSError) as error:
            refused = type(error).__name__
    files = sum(path.is_file() for path in (root / "blobs").rglob("*"))
    first = next(store.iter_ids())
    store.delete(first)
    directory = store.path(first).parent
    directory.rmdir()
    directory.parent.rmdir()
    commit(store)
    reserve.unlink()
    return {
        "committed": committed,
        "refused": refused,
        "files": files,
        "after_a_delete": "committed",
    }


if __name__ == "__main__":
    disk = Path(os.environ["COUNTERMARK_DATA_DIR"])
    text = json.dumps(report(disk))
    (disk / "unfinished").write_text(text)
    (disk / "unfinished").rename(disk / "report")
    sys.stdout.flush()
    time.sleep(60)
