"""One file a model."""

from documents.models.asset import Asset
from documents.models.batch import Batch
from documents.models.batch_item import BatchItem
from documents.models.blob import Blob
from documents.models.document import Document
from documents.models.job import Job
from documents.models.nightly_check import NightlyCheck
from documents.models.preset import Preset
from documents.models.resumable_upload import ResumableUpload
from documents.models.storage_day import StorageDay

__all__ = [
    "Asset",
    "Batch",
    "BatchItem",
    "Blob",
    "Document",
    "Job",
    "NightlyCheck",
    "Preset",
    "ResumableUpload",
    "StorageDay",
]
