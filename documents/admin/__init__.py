"""The staff's view of this room, and of the whole: the overview stands above all rooms."""

from documents.admin import batches, documents, jobs, overview, queues, storage

__all__ = ["batches", "documents", "jobs", "overview", "queues", "storage"]
