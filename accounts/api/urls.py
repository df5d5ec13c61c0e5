"""Operations of this room, for ``/api/v1/``."""

from django.urls import path

from accounts.api import schema  # noqa: F401 - imported for its registrations
from accounts.api.api_keys import APIKeyRotateView, APIKeysView, APIKeyView
from accounts.api.organization import (
    InvitationAcceptView,
    InvitationsView,
    InvitationView,
    MembersView,
    MemberView,
)
from accounts.api.organization_settings import OrganizationView
from accounts.api.registration import (
    PasswordResetConfirmView,
    PasswordResetView,
    RegisterView,
    VerifyEmailView,
)
from accounts.api.tokens import TokenRefreshView, TokenRevokeView, TokensView
from accounts.api.users import OwnUserView, UsersView, UserView
from accounts.api.views import AuditLogView, SocketTicketsView, WhoAmIView
from accounts.api.webhooks import deliveries, endpoints

ENDPOINT = "webhook-endpoints/<uuid:endpoint_id>"
DELIVERY = "webhook-deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("api-keys/", APIKeysView.as_view(), name="api-keys"),
    path("api-keys/<uuid:api_key_id>/", APIKeyView.as_view(), name="api-key"),
    path("api-keys/<uuid:api_key_id>/rotate/", APIKeyRotateView.as_view(), name="api-key-rotate"),
    path("auth/token/", TokensView.as_view(), name="tokens"),
    path("auth/token/refresh/", TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/token/revoke/", TokenRevokeView.as_view(), name="token-revoke"),
    path("auth/register/", RegisterView.as_view(), name="register"),
    path("auth/verify-email/", VerifyEmailView.as_view(), name="verify-email"),
    path("auth/password/reset/", PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm/",
        PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("auth/whoami/", WhoAmIView.as_view(), name="whoami"),
    path("organization/", OrganizationView.as_view(), name="organization"),
    path("organization/members/", MembersView.as_view(), name="members"),
    path("organization/members/<uuid:user_id>/", MemberView.as_view(), name="member"),
    path("organization/invitations/", InvitationsView.as_view(), name="invitations"),
    path(
        "organization/invitations/accept/",
        InvitationAcceptView.as_view(),
        name="invitation-accept",
    ),
    path(
        "organization/invitations/<uuid:invitation_id>/",
        InvitationView.as_view(),
        name="invitation",
    ),
    path("users/", UsersView.as_view(), name="users"),
    path("users/me/", OwnUserView.as_view(), name="own-user"),
    path("users/<uuid:user_id>/", UserView.as_view(), name="user"),
    path("organization/audit-log/", AuditLogView.as_view(), name="audit-log"),
    path("webhook-endpoints/", endpoints.WebhookEndpointsView.as_view(), name="webhook-endpoints"),
    path(f"{ENDPOINT}/", endpoints.WebhookEndpointView.as_view(), name="webhook-endpoint"),
    path(f"{ENDPOINT}/test/", endpoints.WebhookEndpointTestView.as_view(), name="webhook-test"),
    path(
        f"{ENDPOINT}/rotate-secret/",
        endpoints.WebhookEndpointSecretView.as_view(),
        name="webhook-rotate-secret",
    ),
    path(
        f"{ENDPOINT}/enable/", endpoints.WebhookEndpointEnableView.as_view(), name="webhook-enable"
    ),
    path(
        f"{ENDPOINT}/disable/",
        endpoints.WebhookEndpointDisableView.as_view(),
        name="webhook-disable",
    ),
    path(
        f"{ENDPOINT}/replay/", endpoints.WebhookEndpointReplayView.as_view(), name="webhook-replay"
    ),
    path(
        f"{ENDPOINT}/deliveries/",
        deliveries.EndpointDeliveriesView.as_view(),
        name="webhook-endpoint-deliveries",
    ),
    path(
        "webhook-deliveries/",
        deliveries.WebhookDeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    path(f"{DELIVERY}/", deliveries.WebhookDeliveryView.as_view(), name="webhook-delivery"),
    path(
        f"{DELIVERY}/replay/",
        deliveries.WebhookDeliveryReplayView.as_view(),
        name="webhook-delivery-replay",
    ),
    path("events/", deliveries.EventsView.as_view(), name="events"),
    path("events/<uuid:event_id>/", deliveries.EventView.as_view(), name="event"),
    path("event-types/", deliveries.EventTypesView.as_view(), name="event-types"),
    path("ws-tickets/", SocketTicketsView.as_view(), name="ws-tickets"),
]
