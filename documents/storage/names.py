"""The name of a blob below its store's root: the same in every back end."""

from __future__ import annotations

from uuid import UUID


def place_of(blob_id: UUID) -> str:
    """Return ``ab/cd/<id>``; the last digits are random in every version of UUID."""
    digits = blob_id.hex
    return f"{digits[-2:]}/{digits[-4:-2]}/{blob_id}"


def id_at(place: str) -> UUID | None:
    """Return the id of the blob that has this name; None for what is not ours."""
    try:
        blob_id = UUID(place.rpartition("/")[2])
    except ValueError:
        return None
    return blob_id if place_of(blob_id) == place else None
