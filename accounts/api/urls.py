"""Operations of this room, for ``/api/v1/``."""

from django.urls import path

from accounts.api import schema  # noqa: F401 - imported for its registrations
from accounts.api.api_keys import APIKeyRotateView, APIKeysView, APIKeyView
from accounts.api.tokens import TokenRefreshView, TokenRevokeView, TokensView
from accounts.api.views import AuditLogView, SocketTicketsView, WhoAmIView

urlpatterns = [
    path("api-keys/", APIKeysView.as_view(), name="api-keys"),
    path("api-keys/<uuid:api_key_id>/", APIKeyView.as_view(), name="api-key"),
    path("api-keys/<uuid:api_key_id>/rotate/", APIKeyRotateView.as_view(), name="api-key-rotate"),
    path("auth/token/", TokensView.as_view(), name="tokens"),
    path("auth/token/refresh/", TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/token/revoke/", TokenRevokeView.as_view(), name="token-revoke"),
    path("auth/whoami/", WhoAmIView.as_view(), name="whoami"),
    path("organization/audit-log/", AuditLogView.as_view(), name="audit-log"),
    path("ws-tickets/", SocketTicketsView.as_view(), name="ws-tickets"),
]
