"""Writes ``countermark_client`` from the OpenAPI document; run by the build, by make and by tests.

The code is not kept in the repository: it is made of docs/openapi.json wherever it is needed, so
the two cannot differ. Only what changed is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.json"
PACKAGE = HERE / "countermark_client"
MARK = PACKAGE / "generated_from.txt"
# The generator knows JSON, forms, text and bytes.
KNOWN = {
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
}
# The generator's own boundary is the same for all: a file that has it in its bytes would end there,
# and could add fields. Without this line httpx takes a random one.
BOUNDARY = 'headers["Content-Type"] = "multipart/form-data; boundary=+++"'
Json = dict[str, Any]


def generate() -> bool:
    """Bring the package up to date; return whether it was out of date."""
    wanted = fingerprint()
    with (HERE / ".generating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if MARK.is_file() and MARK.read_text() == wanted:
            return False
        with tempfile.TemporaryDirectory(dir=HERE) as directory:
            _write(Path(directory))
            (Path(directory) / "new" / MARK.name).write_text(wanted)
            shutil.rmtree(PACKAGE, ignore_errors=True)
            (Path(directory) / "new").rename(PACKAGE)
    return True


def fingerprint() -> str:
    """Return what the package's code depends on, in one line."""
    digest = hashlib.sha256()
    for path in (DOCUMENT, HERE / "generator.yaml", Path(__file__)):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {version('openapi-python-client')}\n"


def _write(directory: Path) -> None:
    document = adapted(json.loads(DOCUMENT.read_text()))
    (directory / "openapi.json").write_text(json.dumps(document))
    config = (HERE / "generator.yaml").read_text()
    overrides = "".join(f"  {kind}: application/octet-stream\n" for kind in _foreign(document))
    (directory / "config.yaml").write_text(f"{config}content_type_overrides:\n{overrides}")
    command = f"generate --path {directory}/openapi.json --config {directory}/config.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command.split()]
        + ["--meta", "none", "--output-path", str(directory / "new"), "--fail-on-warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{done.stderr}"[:4000])
    for path in (directory / "new").rglob("*.py"):
        code = path.read_text()
        if BOUNDARY in code:
            path.write_text(code.replace(BOUNDARY, ""))


def adapted(document: Json) -> Json:
    """Return the document as clients need it.

    Answers may get new values in their enumerations: a client must read them, so they are texts.
    Errors have one form, the JSON one; samples are for readers.
    """
    sent = _reached(document, "requestBody") | _reached(document, "parameters")
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema and schema.get("type") == "string" and name not in sent:
            values = ", ".join(map(str, schema.pop("enum")))
            schema["description"] = f"{schema.get('description', '')} One of {values}.".strip()
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("x-codeSamples", None)
            _send_one_way(operation.get("requestBody", {}).get("content", {}))
            for answer in operation["responses"].values():
                answer.get("content", {}).pop("application/problem+json", None)
    for answer in document["components"].get("responses", {}).values():
        answer["content"].pop("application/problem+json", None)
    return document


def _send_one_way(content: Json) -> None:
    """Leave one media type of those that have the same shape: the generator would send them all."""
    for kept in ("application/json", "multipart/form-data"):
        for kind in [*content] if kept in content else ():
            if kind != kept and content[kind]["schema"] == content[kept]["schema"]:
                del content[kind]


def _reached(document: Json, part: str) -> set[str]:
    """Return the components that a part of any operation leads to."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    waiting = [operation.get(part) for operation in operations]
    found: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"].get(name))
    return found


def _foreign(document: Json) -> list[str]:
    bodies = [
        body
        for item in document["paths"].values()
        for operation in item.values()
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
    ]
    return sorted({kind for body in bodies for kind in body.get("content", {})} - KNOWN)


if __name__ == "__main__":
    print("countermark_client", "written." if generate() else "is up to date.")
