"""Something to look at on a fresh machine: a tenant, its owner with an API key, and staff.

What was generated is kept in ``<DATA_DIR>/demo.json``, readable by its owner only, so that each
start can print it again. For local machines: nothing but ``make run`` calls this.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import APIKey, Membership, Role, Tenant, User
from accounts.principal import ROLE_SCOPES, Principal
from accounts.services.api_keys import InvalidCredentials, verify_api_key
from accounts.services.key_changes import create_api_key
from accounts.services.tenants import create_tenant

TENANT_NAME, TENANT_SLUG = "Acme Demo", "acme-demo"
OWNER_EMAIL = "demo@countermark.example"
STAFF_EMAIL = "staff@countermark.example"


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """How to sign in to the demo."""

    login: str = ""
    password: str = ""
    api_key: str = ""
    staff: str = ""
    staff_password: str = ""

    def __repr__(self) -> str:
        return f"DemoAccess(login={self.login!r}, staff={self.staff!r})"

    def lines(self) -> list[str]:
        """Return what people are told."""
        return [
            f"login: {self.login}",
            f"password: {self.password}",
            f"api key: {self.api_key}",
            f"staff: {self.staff} / {self.staff_password}",
        ]


def ensure_demo_data() -> DemoAccess:
    """Return the access to the demo, making what is missing of it.

    A password is only ever set for somebody new, for another COUNTERMARK_DEMO_PASSWORD, or
    when nobody knows it any more because the file is lost.
    """
    file = settings.DATA_DIR / "demo.json"
    known = _read(file)
    wanted = settings.DEMO_PASSWORD
    password = wanted or known.password or secrets.token_urlsafe(9)
    staff_password = wanted or known.staff_password or secrets.token_urlsafe(9)
    with transaction.atomic():
        owner = _ensure_user(OWNER_EMAIL, password, known.password, name="Demo Owner")
        _ensure_user(
            STAFF_EMAIL,
            staff_password,
            known.staff_password,
            name="Demo Staff",
            is_staff=True,
            is_superuser=True,
        )
        tenant = Tenant.objects.filter(slug=TENANT_SLUG).first() or create_tenant(name=TENANT_NAME)
        Membership.objects.get_or_create(tenant=tenant, user=owner, defaults={"role": Role.OWNER})
        api_key = _ensure_key(known.api_key, tenant, owner)
    access = DemoAccess(OWNER_EMAIL, password, api_key, STAFF_EMAIL, staff_password)
    if access != known:
        _write(file, access)
    return access


def _ensure_user(email: str, password: str, known: str, **fields: object) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, password, **fields)
    if password != known:
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _ensure_key(text: str, tenant: Tenant, owner: User) -> str:
    """Return ``text`` while it is a working key of ``tenant``, else a new key's text."""
    try:
        if verify_api_key(text).tenant_id == tenant.pk:
            return text
    except InvalidCredentials:
        pass
    maker = Principal(
        tenant_id=tenant.pk,
        user_id=owner.pk,
        api_key_id=None,
        role=Role.OWNER.value,
        scopes=ROLE_SCOPES[Role.OWNER.value],
        environment=APIKey.Environment.LIVE.value,
    )
    _, text = create_api_key(principal=maker, name="Demo", environment="test", scopes=maker.scopes)
    return text


def _read(file: Path) -> DemoAccess:
    try:
        return DemoAccess(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return DemoAccess()


def _write(file: Path, access: DemoAccess) -> None:
    """Replace the file in one step; nobody else can read it at any moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(asdict(access), opened)
    fresh.replace(file)
