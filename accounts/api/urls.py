"""Operations of this room, for ``/api/v1/``."""

from django.urls import path

from accounts.api import schema  # noqa: F401 - imported for its registrations
from accounts.api.views import AuditLogView, SocketTicketsView, WhoAmIView

urlpatterns = [
    path("auth/whoami/", WhoAmIView.as_view(), name="whoami"),
    path("organization/audit-log/", AuditLogView.as_view(), name="audit-log"),
    path("ws-tickets/", SocketTicketsView.as_view(), name="ws-tickets"),
]
