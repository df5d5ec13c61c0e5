"""Pages of this room, and the few of allauth's that we use (their names are allauth's own)."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import include, path, re_path

from accounts.two_factor import written_down
from accounts.views import (
    api_keys,
    audit_log,
    notifications,
    profile,
    request_log,
    sessions,
    team,
    verify,
    webhooks,
)

WEBHOOK = "webhooks/<uuid:endpoint_id>"
DELIVERY = "webhooks/deliveries/<uuid:delivery_id>"

settings_urls = (
    [
        path("api-keys/", api_keys.api_keys, name="api_keys"),
        path("api-keys/<uuid:api_key_id>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
        path("api-keys/<uuid:api_key_id>/rotate/", api_keys.api_key_rotate, name="api_key_rotate"),
        path("requests/", request_log.request_log, name="request_log"),
        path("audit-log/", audit_log.audit_log, name="audit_log"),
        path("audit-log/export/", audit_log.audit_log_export, name="audit_log_export"),
        path("notifications/", notifications.notifications, name="notifications"),
        path("notifications/read/", notifications.notifications_read, name="notifications_read"),
        path(
            "notifications/choices/",
            notifications.notifications_choose,
            name="notifications_choose",
        ),
        path("profile/", profile.profile, name="profile"),
        path("profile/delete/", profile.profile_delete, name="profile_delete"),
        path("profile/export/", profile.profile_export, name="profile_export"),
        path("profile/email/", profile.profile_email, name="profile_email"),
        path("team/", team.team, name="team"),
        path("team/<uuid:user_id>/role/", team.member_change, name="member_change"),
        path("team/<uuid:user_id>/remove/", team.member_remove, name="member_remove"),
        path(
            "team/invitations/<uuid:invitation_id>/revoke/",
            team.invitation_revoke,
            name="invitation_revoke",
        ),
        path("sessions/", sessions.sessions, name="sessions"),
        path("sessions/end/", sessions.session_end, name="session_end"),
        path("workspace/switch/", sessions.tenant_switch, name="tenant_switch"),
        path("webhooks/", webhooks.webhooks, name="webhooks"),
        path(f"{WEBHOOK}/", webhooks.webhook, name="webhook"),
        path(f"{WEBHOOK}/rotate/", webhooks.webhook_rotate, name="webhook_rotate"),
        path(f"{WEBHOOK}/test/", webhooks.webhook_test, name="webhook_test"),
        path(f"{WEBHOOK}/enable/", webhooks.webhook_enable, name="webhook_enable"),
        path(f"{WEBHOOK}/disable/", webhooks.webhook_disable, name="webhook_disable"),
        path(f"{WEBHOOK}/delete/", webhooks.webhook_delete, name="webhook_delete"),
        path(f"{WEBHOOK}/replay/", webhooks.webhook_replay, name="webhook_replay"),
        path(f"{DELIVERY}/", webhooks.webhook_delivery, name="webhook_delivery"),
        path(
            f"{DELIVERY}/replay/",
            webhooks.webhook_delivery_replay,
            name="webhook_delivery_replay",
        ),
    ],
    "accounts",
)

account_urls = [
    path("signup/", allauth.signup, name="account_signup"),
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    # Where allauth sends those who change a password that they never had.
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

two_factor_urls = [
    path("", mfa.index, name="mfa_index"),
    path("authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("app/activate/", written_down(totp.activate_totp), name="mfa_activate_totp"),
    path("app/deactivate/", written_down(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "codes/new/",
        written_down(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("codes/file/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]

urlpatterns = [
    path("settings/", include(settings_urls)),
    path("accounts/verify/<str:token>/", verify.verify, name="account_verify"),
    path("accounts/email/<str:token>/", profile.email_confirm, name="account_confirm_email"),
    path("accounts/join/<str:token>/", team.join, name="account_join"),
    path("accounts/", include(account_urls)),
    path("accounts/two-factor/", include(two_factor_urls)),
]
