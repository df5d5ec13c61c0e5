"""documents: the work. Uploads, jobs, marking, progress."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Documents, blobs and jobs."""

    name = "documents"

    def ready(self) -> None:
        """Say what a workspace's default mark may be."""
        from accounts.services.default_marks import follow_mark_rules
        from documents.default_mark import DefaultMarkRules

        follow_mark_rules(DefaultMarkRules())
