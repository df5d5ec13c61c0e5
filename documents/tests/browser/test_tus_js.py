"""tus-js-client, the reference client for browsers, in Chromium, with the guide's script."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from accounts.tests.cast import Person
from accounts.tests.factories import PASSWORD, make_api_key, make_member, make_tenant
from config.api.guides import guide_path
from documents.models import Document, ResumableUpload
from documents.services.uploads import document_of_upload
from documents.tests.browser.visitor import Visitors, until
from documents.tests.killable import KillableWeb, bytes_in, killable_web

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MEBIBYTE = 1024 * 1024
SIZE = 48 * MEBIBYTE
TUS = "/static/vendor/tus/tus.min.js"
# A PDF by its first bytes, of SIZE bytes that repeat nothing, the same on each page; its digest.
MAKE_FILE = f"""async () => {{
  const words = new Uint32Array({SIZE} / 4);
  let word = 2463534242;
  for (let at = 0; at < words.length; at += 1) {{
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[at] = word;
  }}
  const bytes = new Uint8Array(words.buffer);
  bytes.set(new TextEncoder().encode("%PDF-1.7\\n"));
  window.file = new File([bytes], "Größe.pdf", {{ type: "application/pdf", lastModified: 1 }});
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}}"""
BEGIN = """(headers) => {
  window.done = window.failed = null;
  window.sent = 0;
  window.upload = uploadPdf(file, {
    headers,
    progress: (bytes) => { window.sent = bytes; },
    done: (id) => { window.done = id; },
    failed: (error) => { window.failed = String(error); },
  });
}"""


def guides_script(server: str) -> str:
    text = guide_path("resumable-uploads").read_text()
    (script,) = re.findall(r"^```js\n(.*?)^```", text, re.S | re.M)
    script = script.replace("https://countermark.example", server)
    return f"() => {{ {script} window.uploadPdf = uploadPdf; }}"


@pytest.fixture
def ada(transactional_db: None, blob_dir: Path) -> Person:
    tenant = make_tenant("Acme")
    user = make_member("owner", tenant=tenant, email="ada@acme.example", password=PASSWORD)
    return Person(user, tenant)


@pytest.fixture
def app() -> Iterator[Callable[[Path], str]]:
    """Serve a folder as another origin."""
    servers: list[ThreadingHTTPServer] = []

    def serve(folder: Path) -> str:
        handler = partial(Quiet, directory=str(folder))
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[0].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[0].server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def equipped(page: Page, server: str) -> Page:
    page.add_script_tag(url=f"{server}{TUS}")
    page.evaluate(guides_script(server))
    return page


def finish(page: Page) -> str:
    until(page, "window.done || window.failed")
    assert page.evaluate("window.failed") is None
    return str(page.evaluate("window.done"))


def sha256_of(owner: Person, upload_id: str) -> str:
    upload = ResumableUpload.objects.get()
    assert (str(upload.pk), upload.file_name) == (upload_id, "Größe.pdf")
    document, _ = document_of_upload(principal=owner.principal, upload_id=upload.pk)
    return str(document.blob.sha256)


def test_our_own_page_pauses_resumes_and_outlives_its_server(
    browser: Browser, ada: Person, blob_dir: Path
) -> None:
    """By the session alone: made, paused, gone on with, killed twice, and after a new page."""
    with killable_web() as web:
        visitors = Visitors(browser, web.url)
        page = visitors.open(ada)
        page.goto(f"{web.url}/documents/upload/")
        digest = page.evaluate(MAKE_FILE)
        token = page.locator("form[data-upload] [name=csrfmiddlewaretoken]").input_value()
        headers = {"X-CSRFToken": token}
        equipped(page, web.url).evaluate(BEGIN, headers)
        until(page, f"window.sent > {4 * MEBIBYTE}")
        page.evaluate("upload.abort()")
        paused_at = page.evaluate("window.sent")
        page.wait_for_timeout(300)
        assert page.evaluate("window.sent") == paused_at < SIZE
        offsets = (18 * MEBIBYTE, 31 * MEBIBYTE)
        with web.killed_at(*offsets, arrived=lambda: bytes_in(blob_dir)):
            page.evaluate("upload.start()")
            upload_id = finish(page)
        assert web.kills == 2
        made = page.evaluate(
            """async ([upload_id, token]) => (await fetch("/api/v1/documents/", {
              method: "POST", body: JSON.stringify({ upload_id }),
              headers: { "Content-Type": "application/json", "X-CSRFToken": token },
            })).json()""",
            [upload_id, token],
        )
        assert made["sha256"] == digest
        expected_complaints(visitors)
    assert Document.objects.get().blob.sha256 == digest


def test_a_new_page_goes_on_where_the_last_one_was(
    browser: Browser, ada: Person, blob_dir: Path, web: KillableWeb
) -> None:
    visitors = Visitors(browser, web.url)
    page = visitors.open(ada)
    page.goto(f"{web.url}/documents/upload/")
    digest = page.evaluate(MAKE_FILE)
    token = page.locator("form[data-upload] [name=csrfmiddlewaretoken]").input_value()
    equipped(page, web.url).evaluate(BEGIN, {"X-CSRFToken": token})
    until(page, f"window.sent > {10 * MEBIBYTE}")
    page.evaluate("upload.abort()")
    web.kill()
    arrived = bytes_in(blob_dir)
    web.start()
    page.reload()
    assert page.evaluate(MAKE_FILE) == digest
    equipped(page, web.url).evaluate(BEGIN, {"X-CSRFToken": token})
    upload_id = finish(page)
    assert arrived >= 8 * MEBIBYTE
    assert sha256_of(ada, upload_id) == digest
    assert ResumableUpload.objects.count() == 1
    expected_complaints(visitors)


@pytest.fixture
def web(ada: Person) -> Iterator[KillableWeb]:
    with killable_web() as web:
        yield web


def test_a_front_end_elsewhere_sends_with_a_key(
    browser: Browser, ada: Person, blob_dir: Path, tmp_path: Path, app: Callable[[Path], str]
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>App</title>")
    origin = app(tmp_path)
    with killable_web(COUNTERMARK_CORS_ORIGINS=origin) as web:
        page = browser.new_context().new_page()
        page.goto(origin)
        digest = page.evaluate(MAKE_FILE)
        headers = {"Authorization": f"Bearer {make_api_key(ada.tenant)[1]}"}
        with web.killed_at(20 * MEBIBYTE, arrived=lambda: bytes_in(blob_dir)):
            equipped(page, web.url).evaluate(BEGIN, headers)
            upload_id = finish(page)
        assert web.kills == 1
        told = page.evaluate(
            """async ([url, headers]) => {
              const answer = await fetch(`${url}/api/v1/limits/`, { headers });
              return [answer.headers.get("x-request-id"), (await answer.json()).files];
            }""",
            [web.url, headers],
        )
        page.context.close()
    assert told[0] and told[1]["max_bytes"], json.dumps(told)
    assert sha256_of(ada, upload_id) == digest


def test_a_front_end_that_is_not_named_gets_nowhere(
    browser: Browser, ada: Person, tmp_path: Path, app: Callable[[Path], str], web: KillableWeb
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>App</title>")
    page = browser.new_context().new_page()
    page.goto(app(tmp_path))
    key = make_api_key(ada.tenant)[1]
    outcome = page.evaluate(
        """async ([url, key]) => {
          const headers = { Authorization: `Bearer ${key}` };
          return fetch(`${url}/api/v1/limits/`, { headers }).then(() => "read", () => "refused");
        }""",
        [web.url, key],
    )
    page.context.close()
    assert outcome == "refused"


def expected_complaints(visitors: Visitors) -> None:
    """A killed server is told in the console, and nothing else."""
    visitors.complaints[:] = [one for one in visitors.complaints if "net::ERR_" not in one]
    visitors.leave()
