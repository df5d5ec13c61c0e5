"""Tenants of the stage and how they use the API."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings
from django.test import Client
from reportlab.pdfgen.canvas import Canvas

from accounts.models import Tenant
from accounts.tests.factories import make_api_key, make_member, make_tenant

TIMEOUT_SECONDS = 30.0


def small_pdf(pages: int = 1) -> bytes:
    """Return a document unlike any other, so that its bytes are nobody else's."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        canvas.drawString(72, 700, f"{uuid.uuid4()} page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(frozen=True)
class Customer:
    """A tenant and its API key, at the web process of a stage."""

    tenant: Tenant
    http: httpx2.Client

    def upload(self, content: bytes) -> httpx2.Response:
        """Upload without asking for anything else."""
        return self.http.post(
            "/documents/", files={"file": ("chaos.pdf", content, "application/pdf")}
        )

    def mark(
        self, content: bytes, *, key: str = "", wait: int = 0, **fields: str
    ) -> httpx2.Response:
        """Upload and ask for a mark in one request; ``key`` makes a repetition harmless.

        ``wait``: for so many seconds at most the answer may be held until the mark is made.
        """
        headers = {"Idempotency-Key": key, "Prefer": f"wait={wait}" if wait else ""}
        return self.http.post(
            "/watermark/",
            files={"file": ("chaos.pdf", content, "application/pdf")},
            data={"watermark_text": "CHAOS", **fields},
            headers={name: value for name, value in headers.items() if value},
        )

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job as the API shows it."""
        shown: dict[str, Any] = self.http.get(f"/jobs/{job_id}/").raise_for_status().json()
        return shown


def make_customer(url: str, name: str = "Acme", **fields: Any) -> Customer:
    """Make a tenant with a key that may do everything, and its client."""
    tenant = make_tenant(name, **fields)
    _, key = make_api_key(tenant)
    client = httpx2.Client(
        base_url=f"{url}/api/v1",
        headers={"Authorization": f"Bearer {key}"},
        timeout=TIMEOUT_SECONDS,
    )
    return Customer(tenant, client)


def make_visitor(url: str, tenant: Tenant) -> httpx2.Client:
    """Return the browser of a member of ``tenant`` who is signed in."""
    browser = Client()
    browser.force_login(make_member(tenant=tenant))
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return httpx2.Client(
        base_url=url,
        cookies={settings.SESSION_COOKIE_NAME: cookie},
        timeout=TIMEOUT_SECONDS,
    )
