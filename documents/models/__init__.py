"""One file a model."""

from documents.models.blob import Blob
from documents.models.document import Document
from documents.models.job import Job

__all__ = ["Blob", "Document", "Job"]
