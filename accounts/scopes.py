"""What can be allowed, and what each role allows."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models.membership import Role

SCOPES: Mapping[str, str] = {
    "documents:read": "See and download documents",
    "documents:write": "Upload and delete documents",
    "jobs:read": "See jobs and download their results",
    "jobs:write": "Start, retry and cancel jobs",
    "presets:read": "See presets and the files that marks are made of",
    "presets:write": "Change presets and the files that marks are made of",
    "usage:read": "See what was used",
    "billing:read": "See the plan, caps on spending and invoices",
    "billing:write": "Change the plan, caps on spending and billing details",
    "audit:read": "Read the audit log",
    "organization:read": "See the workspace's settings, members and invitations",
    "organization:write": "Change the workspace's settings",
    "webhooks:read": "See webhook endpoints, events and deliveries",
    "webhooks:write": "Change webhook endpoints, test and replay",
    "members:write": "Invite, change and remove members",
    "keys:read": "See API keys, never their secrets",
    "keys:write": "Create, change, rotate and revoke API keys",
}

_READ = frozenset({"documents:read", "jobs:read", "presets:read", "usage:read"})
_ALL = frozenset(SCOPES)

ROLE_SCOPES: Mapping[str, frozenset[str]] = {
    Role.OWNER.value: _ALL,
    Role.ADMIN.value: _ALL,
    Role.MEMBER.value: _READ | {"documents:write", "jobs:write", "presets:write"},
    Role.VIEWER.value: _READ,
    Role.BILLING.value: frozenset({"usage:read", "billing:read", "billing:write"}),
}

# Staff in a support session: never keys, webhooks and their secrets, members or money.
SUPPORT_LOOKS: frozenset[str] = _READ | {"billing:read", "audit:read", "organization:read"}
SUPPORT_CHANGES: frozenset[str] = SUPPORT_LOOKS | {"jobs:write", "presets:write"}
