"""All pages, with something on them: for the eye (screenshots) and for the rules (axe)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import (
    APIKey,
    AuditAction,
    Notification,
    TokenGrant,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.services.audit import record
from accounts.services.key_changes import rotate_api_key
from accounts.tests.cast import Person
from accounts.tests.factories import (
    make_api_key,
    make_attempt,
    make_delivery,
    make_invitation,
    make_logged_request,
    make_member,
    make_notification,
    make_tokens,
    make_webhook_endpoint,
)
from billing.models import BillingDetails, UsageDay
from billing.services.caps import set_spend_cap
from billing.services.crediting import credit_invoice
from billing.services.invoicing import Charge, issue_invoice
from billing.services.subscriptions import begin_subscription, change_plan
from billing.tests.factories import make_reservation, use
from config.api.guides import GUIDES
from documents.models import Asset, Batch, Blob, Document, Job, Preset
from documents.tests.browser import acts
from documents.tests.browser.tour_assets import furnish_assets
from documents.tests.browser.tour_batches import furnish_batches
from documents.tests.builders import plain
from documents.tests.factories import make_document, make_job, make_preset, make_spec

MARK = make_spec("CONFIDENTIAL · ACME", position="diagonal", font_size=48).as_dict()
# Longer ones are only named, and have one page.
PAGES_DRAWN_MAX = 20
DOCUMENTS = (
    ("Annual report 2026", 112, 18_350_000, 3),
    ("Board minutes, November", 9, 327_000, 140),
    ("Tender documents lot 4, structural drawings and calculations", 418, 151_200_000, 310),
    ("Contract draft v7", 14, 88_400, 1_500),
    ("scan_2026_11_03_0007", None, 42_000_000, 4_400),
)


def look(page: Page) -> None:
    """Do nothing: the page is as it opens."""


@dataclass(frozen=True)
class Stop:
    """One page of the tour; ``act`` brings it into the state to look at."""

    name: str
    address: str
    is_signed_in: bool = True
    act: Callable[[Page], None] = look


def furnish(ada: Person) -> dict[str, Job]:
    """Fill the workspace; return its jobs by state."""
    documents = [_document(ada, *facts) for facts in DOCUMENTS]
    make_preset(ada.tenant, name="House style", config=MARK, is_default=True)
    make_preset(ada.tenant, name="Drafts, for the board only")
    furnish_assets(ada)
    _use_the_plan(ada)
    make_api_key(ada.tenant, name="Invoice service", last_used_at=timezone.now())
    shop, _ = make_api_key(
        ada.tenant, name="Shop", allowed_networks=["203.0.113.0/24", "2001:db8::/32"]
    )
    rotate_api_key(principal=ada.principal, api_key_id=shop.pk)
    make_api_key(ada.tenant, name="Old script", revoked_at=timezone.now(), scopes=["jobs:read"])
    make_member("viewer", tenant=ada.tenant, email="grace@acme.example", name="Grace Hopper")
    make_member("owner", tenant=ada.tenant, email="mary@acme.example", name="Mary Somerville")
    make_invitation(ada.tenant, "katherine@acme.example")
    _call_the_api(ada, shop)
    _sign_in_elsewhere(ada)
    with transaction.atomic():
        _log(ada)
    _webhooks(ada)
    make_tokens(ada.user)
    _tell(ada)
    TokenGrant.objects.update(user_agent="python-requests/2.32.5", ip="198.51.100.23")
    locked = "This document is protected with a password that we do not have."
    jobs = {
        "cancelled": make_job(documents[4], state="cancelled", spec=MARK),
        "failed": make_job(
            documents[3],
            state="failed",
            error_code="encrypted",
            error_message=locked,
            spec=MARK,
            request_id="7f3a9c51d7e84b6aa1c0",
        ),
        "succeeded": make_job(documents[1], state="succeeded", pages=9, page=9, spec=MARK),
        "queued": make_job(documents[0], spec=MARK),
        "running": make_job(documents[2], state="running", pages=418, page=155, spec=MARK),
    }
    furnish_batches(ada, documents, MARK)
    Job.objects.filter(pk=jobs["running"].pk).update(
        lease_until=timezone.now() + timedelta(hours=1)
    )
    return jobs


def stops(jobs: dict[str, Job]) -> Iterator[Stop]:
    """Yield every page, once ``furnish`` has made ``jobs``."""
    yield Stop("landing", "/", is_signed_in=False)
    for name in ("account_login", "account_signup", "account_reset_password"):
        yield Stop(name.removeprefix("account_"), reverse(name), is_signed_in=False)
    yield Stop("login_refused", reverse("account_login"), False, acts.log_in_wrongly)
    done = reverse("account_reset_password_done")
    yield Stop("reset_password_done", done, is_signed_in=False)
    yield Stop("logout", reverse("account_logout"))
    yield Stop("change_password", reverse("account_change_password"))
    yield Stop("dashboard", reverse("documents:dashboard"))
    yield Stop("documents", reverse("documents:list"))
    yield Stop("documents_ticked", reverse("documents:list"), act=acts.tick_two)
    yield Stop("documents_delete", reverse("documents:list"), act=acts.delete_two)
    yield Stop("documents_none_found", reverse("documents:list") + "?q=zebra")
    yield Stop("upload", reverse("documents:upload"))
    yield Stop("upload_in_list", reverse("documents:upload"), act=acts.choose_files)
    document = jobs["succeeded"].document_id
    for name in ("detail", "watermark", "delete"):
        yield Stop(f"document_{name}", reverse(f"documents:{name}", args=[document]))
    address = mark = reverse("documents:watermark", args=[document])
    yield Stop("document_watermark_seen", address, act=acts.see_the_mark)
    yield Stop("document_watermark_refused", address, act=acts.mark_wrongly)
    yield Stop("presets", reverse("documents:preset_list"))
    yield Stop("preset_new", reverse("documents:preset_new"))
    house = Preset.objects.get(is_default=True)
    yield Stop("preset", reverse("documents:preset", args=[house.pk]))
    yield Stop("document_watermark_logo", mark, act=acts.mark_with_a_logo)
    yield from _stops_of_assets()
    yield Stop("batches", reverse("documents:batch_list"))
    yield Stop("batches_none_found", reverse("documents:batch_list") + "?state=cancelled")
    for batch in Batch.objects.order_by("created_at"):
        yield Stop(f"batch_{batch.state}", reverse("documents:batch", args=[batch.pk]))
    new = reverse("documents:batch_new")
    yield Stop("batch_new", new, act=acts.choose_documents)
    yield Stop("batch_new_refused", new, act=acts.go_on_without_any)
    yield Stop("batch_new_mark", new, act=acts.make_the_mark_of_a_batch)
    yield Stop("batch_new_mark_refused", new, act=acts.refer_wrongly)
    yield Stop("batch_new_check", new, act=acts.check_a_batch)
    yield Stop("jobs", reverse("documents:job_list"))
    yield Stop("jobs_none_found", reverse("documents:job_list") + "?state=expired")
    for state, job in jobs.items():
        yield Stop(f"job_{state}", reverse("documents:job_detail", args=[job.id]))
    yield Stop("api_keys", reverse("accounts:api_keys"))
    yield Stop("api_keys_new", reverse("accounts:api_keys"), act=acts.make_key)
    yield Stop("request_log", reverse("accounts:request_log"))
    none = reverse("accounts:request_log") + "?outcome=failed&request_id=unheard-of"
    yield Stop("request_log_none_found", none)
    yield Stop("settings", reverse("documents:settings"))
    yield Stop("team", reverse("accounts:team"))
    yield Stop("join", reverse("account_join", args=["A" * 43]), is_signed_in=False)
    yield Stop("webhooks", reverse("accounts:webhooks"))
    yield Stop("webhooks_new", reverse("accounts:webhooks"), act=acts.make_endpoint)
    yield Stop("webhooks_refused", reverse("accounts:webhooks"), act=acts.make_endpoint_wrongly)
    for endpoint in WebhookEndpoint.objects.order_by("created_at")[:2]:
        address = reverse("accounts:webhook", args=[endpoint.pk])
        yield Stop(f"webhook_{'on' if endpoint.is_enabled else 'off'}", address)
    for delivery in WebhookDelivery.objects.exclude(state="pending").order_by("created_at")[:2]:
        address = reverse("accounts:webhook_delivery", args=[delivery.pk])
        yield Stop(f"webhook_{delivery.state}", address)
    yield Stop("usage", reverse("billing:usage"))
    yield Stop("usage_by_key", reverse("billing:usage") + "?group_by=key")
    yield Stop(
        "usage_none", reverse("billing:usage") + "?since=2025-01-01&until=2025-01-31&group_by=key"
    )
    yield Stop("usage_refused", reverse("billing:usage") + "?since=2025-01-31&until=2025-01-01")
    yield Stop("ledger", reverse("billing:ledger"))
    yield Stop("plan", reverse("billing:plan"))
    yield Stop("plan_cap_refused", reverse("billing:plan"), act=acts.cap_wrongly)
    yield Stop("invoices", reverse("billing:invoices"))
    yield Stop("invoices_refused", reverse("billing:invoices"), act=acts.details_wrongly)
    yield Stop("audit_log", reverse("accounts:audit_log"), act=acts.open_an_entry)
    yield Stop("audit_log_none_found", reverse("accounts:audit_log") + "?action=tenant.resumed")
    yield Stop("notifications", reverse("accounts:notifications"))
    yield Stop("profile", reverse("accounts:profile"))
    yield Stop("profile_refused", reverse("accounts:profile"), act=acts.change_address_wrongly)
    yield Stop("profile_leaving", reverse("accounts:profile"), act=acts.leave_wrongly)
    yield Stop("confirm_email", reverse("account_confirm_email", args=["none"]))
    yield Stop("sessions", reverse("accounts:sessions"))
    yield Stop("two_factor", reverse("mfa_index"))
    yield Stop("reauthenticate", reverse("mfa_activate_totp"))
    yield Stop("two_factor_set_up", reverse("mfa_activate_totp"), act=acts.show_who_sits_there)
    yield Stop("guides", reverse("guides"), is_signed_in=False)
    for slug in GUIDES:
        yield Stop(f"guide_{slug}", reverse("guide", args=[slug]), is_signed_in=False)
    yield Stop("api_errors", reverse("docs-errors"), is_signed_in=False)
    yield Stop("not_found", "/nowhere/")


def _stops_of_assets() -> Iterator[Stop]:
    files = reverse("documents:asset_list")
    yield Stop("assets", files, act=acts.wait_for_pictures)
    yield Stop("assets_none_found", files + "?kind=pdf")
    yield Stop("assets_refused", files, act=acts.send_no_picture)
    for asset in Asset.objects.order_by("created_at"):
        yield Stop(f"asset_{asset.kind}", reverse("documents:asset", args=[asset.pk]))
    logo = Preset.objects.get(name="With our crest")
    yield Stop("preset_logo", reverse("documents:preset", args=[logo.pk]))


def _use_the_plan(ada: Person) -> None:
    begin_subscription(tenant=ada.tenant)
    change_plan(principal=ada.principal, plan_code="pro")
    set_spend_cap(principal=ada.principal, cap=5_000)
    _bill(ada)
    make_reservation(ada.tenant, pages=18)
    key, _ = make_api_key(ada.tenant, name="Archive robot")
    use(ada.tenant, documents=30, pages=16_127, bytes=1_630_000_000, user_id=ada.user.pk)
    use(ada.tenant, documents=8, pages=1_204, bytes=200_000_000, api_key_id=key.pk)
    for ago, row in enumerate(UsageDay.objects.order_by("pages"), 1):
        for number in range(0, 27, 2):
            UsageDay.objects.create(
                tenant=ada.tenant,
                day=row.day - timedelta(days=ago + number),
                operation=row.operation,
                api_key_id=row.api_key_id,
                user_id=row.user_id,
                documents=row.documents * (number % 5 + 1) // 7,
                pages=row.pages * (number % 7 + 1) // 9,
                bytes=row.bytes // (number + 1),
            )


def _bill(ada: Person) -> None:
    BillingDetails.objects.create(
        tenant=ada.tenant,
        name="Acme Analytical Engines & Partners Verwaltungsgesellschaft mbH",
        address="14 Harbour Street\nDublin D02 X285\nIreland",
        email="accounts@acme.example",
    )
    for ago in range(3):
        charge = Charge("plan", "Pro, one month", 1, 1_900, 1_900)
        turn_at = timezone.now() - timedelta(days=31 * ago)
        with transaction.atomic():
            issued = issue_invoice(
                tenant_id=ada.tenant.pk, turn_at=turn_at, currency="EUR", charges=[charge]
            )
    credit_invoice(actor=User(is_staff=True), invoice=issued, reason="Sent in error", net=700)


def _document(
    ada: Person, title: str, pages: int | None, size_bytes: int, age_minutes: int
) -> Document:
    document = make_document(
        ada.tenant,
        title=title,
        content=plain(pages) if pages and pages < PAGES_DRAWN_MAX else None,
        file_name=f"{title}.pdf",
        page_count=pages,
        created_by=ada.user,
    )
    Blob.objects.filter(pk=document.blob_id).update(size_bytes=size_bytes)  # only to look at
    created_at = timezone.now() - timedelta(minutes=age_minutes)
    Document.objects.filter(pk=document.pk).update(created_at=created_at)
    return document


def _sign_in_elsewhere(ada: Person) -> None:
    for program in (
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "curl",
    ):
        client = Client()
        client.force_login(ada.user)
        UserSession.objects.create(
            user=ada.user,
            ip="203.0.113.7",
            user_agent=program,
            session_key=client.session.session_key,
        )


def _tell(ada: Person) -> None:
    for text, path in (
        ("Batch “Tender documents lot 4” has ended: 297 marked, 3 not", "/batches/"),
        ("The webhook endpoint at https://old.acme.example was turned off", "/settings/webhooks/"),
        ("Grace Hopper has joined the workspace", "/settings/team/"),
    ):
        make_notification(ada.user, text=text, path=path)
    read = {"read_at": timezone.now(), "created_at": timezone.now() - timedelta(days=2)}
    Notification.objects.filter(path="/settings/team/").update(**read)


def _log(ada: Person) -> None:
    document = uuid.uuid4()
    receipt = {"size_bytes": 18_350_000, "sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2}
    for actor, action, subject, details in (
        (ada.user, AuditAction.SIGNED_IN, f"user:{ada.user.pk}", {}),
        (ada.principal, AuditAction.DOCUMENT_DELETED, f"document:{document}", receipt),
        (None, AuditAction.DOCUMENT_PURGED, f"document:{document}", receipt),
        ("nobody", AuditAction.SIGN_IN_FAILED, f"user:{ada.user.pk}", {}),
    ):
        record(
            tenant_id=ada.tenant.pk,
            actor=actor,
            action=action,
            subject=subject,
            details=details,
        )


def _call_the_api(ada: Person, key: APIKey) -> None:
    document = uuid.uuid4()
    for method, path, status, milliseconds in (
        ("POST", "watermark/", 429, 1),
        ("POST", "watermark/", 202, 41),
        ("GET", f"jobs/{uuid.uuid4()}/", 200, 3),
        ("POST", f"documents/{document}/watermark/", 422, 9),
        ("DELETE", f"documents/{document}/", 404, 4),
        ("POST", "documents/", 503, 2_012),
    ):
        make_logged_request(
            ada.tenant,
            method=method,
            path=f"/api/v1/{path}",
            status=status,
            milliseconds=milliseconds,
            times=340 if status == 429 else 1,
            api_key_id=key.pk if status < 500 else None,
            user_id=None if status < 500 else ada.user.pk,
        )


def _webhooks(ada: Person) -> None:
    url = "https://hooks.acme.example/countermark?source=production"
    on, _ = make_webhook_endpoint(
        ada.tenant,
        url=url,
        description="Invoice service, production",
        event_types=["job.succeeded", "job.failed"],
        header=("X-Environment", "production"),
        failures=2,
        failing_since=timezone.now() - timedelta(hours=3),
    )
    make_webhook_endpoint(
        ada.tenant,
        url="https://old.acme.example/hook",
        disabled_at=timezone.now() - timedelta(days=2),
        disabled_reason="failing",
    )
    ended = timezone.now()
    taken = {"state": "delivered", "last_status": 200, "attempt_count": 1, "finished_at": ended}
    make_delivery(on, **taken)
    failed = make_delivery(on)
    make_attempt(failed)
    refused = {"state": "exhausted", "last_error": "refused", "finished_at": ended}
    WebhookDelivery.objects.filter(pk=failed.pk).update(**refused)
    make_delivery(on, due_at=timezone.now() + timedelta(minutes=5))
