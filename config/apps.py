"""The root: registers the system checks of the whole site."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """``config`` is an app so that its checks are found."""

    name = "config"

    def ready(self) -> None:
        """Register checks (importing them is what registers them)."""
        from config import checks  # noqa: F401 - imported for its registrations
