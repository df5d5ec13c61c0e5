"""documents: the work. Uploads, jobs, marking, progress."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Documents, blobs and jobs."""

    name = "documents"
