"""Things of the fuzz that are in the state an operation asks for: chance would find few of them."""

from __future__ import annotations

from typing import Any

from bench.chaos.customer import Customer, small_pdf
from bench.chaos.fuzz_values import logo
from bench.chaos.part import wait_until
from billing.tests.factories import make_invoice
from documents.tests import builders

OF_EACH = 8
# Drawn as pictures they take longer than it takes to cancel them.
LONG_PAGES = 400
MARK = {"watermark_text": "CHAOS"}


def make_things(customer: Customer) -> dict[str, list[str]]:
    """Ask for them; return ids by the operation that they are for, or by what requests name."""
    endpoint = _post(customer, "/webhook-endpoints/", json={"url": "https://hooks.example.com/"})
    tested = f"/webhook-endpoints/{endpoint['id']}/test/"
    ended = {
        "retryFailedItems": [_batch(customer, locked()) for _ in range(OF_EACH)],
        "downloadBatchArchive": [_batch(customer, small_pdf())],
    }
    for batch in (each for batches in ended.values() for each in batches):
        wait_until(lambda batch=batch: _has_ended(customer, batch))  # type: ignore[misc]
    failed = customer.http.get("/jobs/", params={"state": "failed"}).json()["results"]
    invoice = str(make_invoice(customer.tenant).pk)
    return {
        **ended,
        **dict.fromkeys(("getInvoice", "downloadInvoice"), [invoice]),
        "retryJob": [each["id"] for each in failed],
        "downloadResult": [_succeeded(customer)],
        "addBatchItem": [_open_batch(customer) for _ in range(OF_EACH)],
        # Streams that end at once: others go on for as long as their work waits.
        "followJob": [failed[-1]["id"]],
        "followBatch": ended["downloadBatchArchive"],
        "startBatch": [_open_batch(customer) for _ in range(OF_EACH)],
        "deleteDocuments": [_document(customer) for _ in range(OF_EACH)],
        **dict.fromkeys(("replayWebhookEvents", "rotateWebhookSecret"), [endpoint["id"]]),
        "replayWebhookDelivery": [_post(customer, tested)["id"]],
        "document": [_document(customer)],
        "long document": [_document(customer, small_pdf(LONG_PAGES))],
        "image": [_asset(customer, logo())],
        "pdf": [_asset(customer, small_pdf())],
    }


def locked() -> bytes:
    """Return a document that nobody can mark without its password."""
    return builders.encrypted(user="secret")


def _post(customer: Customer, path: str, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = customer.http.post(path, **more).raise_for_status().json()
    return body


def _document(customer: Customer, content: bytes | None = None) -> str:
    made = customer.upload(content or small_pdf()).raise_for_status().json()
    return str(made["id"])


def _asset(customer: Customer, content: bytes) -> str:
    return str(_post(customer, "/assets/", files={"file": ("mark", content)})["id"])


def _batch(customer: Customer, content: bytes) -> str:
    path, files = "/documents/batch/watermark/", [("files", ("chaos.pdf", content))]
    config = {"watermark_config": '{"watermark_text": "CHAOS"}'}
    return str(_post(customer, path, files=files, data=config)["id"])


def _succeeded(customer: Customer) -> str:
    job = str(customer.mark(small_pdf()).raise_for_status().json()["id"])
    wait_until(lambda: customer.job(job)["state"] == "succeeded")
    return job


def _open_batch(customer: Customer) -> str:
    batch = str(_post(customer, "/batches/", json={"config": MARK})["id"])
    _post(customer, f"/batches/{batch}/items/", json={"document_id": _document(customer)})
    return batch


def _has_ended(customer: Customer, batch: str) -> bool:
    shown = customer.http.get(f"/batches/{batch}/").raise_for_status().json()
    return shown["finished_at"] is not None
