"""The guide's ways to verify a webhook agree with what is sent, and refuse everything else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import Tenant
from accounts.services.webhook_endpoints import rotate_secret
from accounts.tests.factories import make_delivery, make_principal, make_webhook_endpoint
from accounts.webhooks.messages import message_of
from documents.tests.guides.programs import program_of

pytestmark = pytest.mark.django_db
IN_PYTHON = """
import json
for case in json.load(open("cases.json")):
    found = verify(case["secret"], case["headers"], case["body"].encode())
    assert found == case["holds"], case
"""
IN_JS = """
import { readFileSync } from "node:fs";
for (const each of JSON.parse(readFileSync("cases.json", "utf8"))) {
  const found = verify(each.secret, each.headers, Buffer.from(each.body));
  if (found !== each.holds) throw new Error(JSON.stringify(each));
}
"""


@pytest.fixture
def directory(tenant: Tenant, tmp_path: Path) -> Path:
    """Return where messages lie as they are sent, some of them bent, with what each is worth."""
    endpoint, old = make_webhook_endpoint(tenant)
    owner = make_principal(tenant=tenant)
    endpoint, new = rotate_secret(principal=owner, endpoint_id=endpoint.pk)
    message = message_of(make_delivery(endpoint))
    headers = {name.lower(): value for name, value in message.headers.items()}
    body, stranger = message.body.decode(), make_webhook_endpoint(tenant)[1]
    late = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 400)}
    unsigned = {**headers, "webhook-signature": "v1, v2,AAAA v1"}
    cases = [
        (old, headers, body, True),
        (new, headers, body, True),
        (stranger, headers, body, False),
        (new, headers, body + " ", False),
        (new, {**headers, "webhook-id": "another"}, body, False),
        (new, late, body, False),
        (new, unsigned, body, False),
    ]
    names = ("secret", "headers", "body", "holds")
    listed = [dict(zip(names, case, strict=True)) for case in cases]
    (tmp_path / "cases.json").write_text(json.dumps(listed))
    return tmp_path


def run(directory: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_in_python(directory: Path) -> None:
    code = "\n".join(program_of("webhooks", "python").blocks)
    run(directory, sys.executable, "-c", code + IN_PYTHON)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine")
def test_in_javascript(directory: Path) -> None:
    code = "\n".join(program_of("webhooks", "js").blocks)
    (directory / "verify.mjs").write_text(code + IN_JS)
    run(directory, str(shutil.which("node")), "verify.mjs")
