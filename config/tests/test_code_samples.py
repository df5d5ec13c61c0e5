"""The code samples: all three languages send the same request, and it is the one of the example."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.api.samples import snippets
from config.api.samples.call import Call, Part, Untellable
from config.api.samples.curl import curl
from config.api.samples.javascript import javascript
from config.api.samples.python import python
from config.tests.conformance import operations, schema_errors

SAMPLES = {
    operation["operationId"]: {each["label"]: each["source"] for each in operation["x-codeSamples"]}
    for _, _, operation in operations()
}
# What programs say of themselves, and of how they send.
OWN_HEADERS = {"accept", "user-agent", "content-length", "transfer-encoding", "connection", "host"}
OWN_HEADERS |= {"accept-encoding", "accept-language", "sec-fetch-mode", "content-type", "expect"}
OWN_HEADERS |= {"pragma", "cache-control"}  # fetch, beside If-Match
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine")
pytestmark = [needs_node, pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")]
TRICKY = 'it\'s "5 %", \\ $HOME `x` ${y} ü\n@b;c=1'


class Recorder(BaseHTTPRequestHandler):
    """Keeps every request and answers all alike."""

    protocol_version = "HTTP/1.1"
    heard: list[dict[str, Any]] = []

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        kind = self.headers.get("content-type", "").partition(";")[0]
        kept = {name.lower(): value for name, value in self.headers.items()}
        headers = {name: value for name, value in kept.items() if name not in OWN_HEADERS}
        self.heard.append(
            {
                "line": f"{self.command} {self.path}",
                "headers": headers,
                "kind": kind,
                "body": _meant(kind, self.headers.get("content-type", ""), body),
            }
        )
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _meant(kind: str, content_type: str, body: bytes) -> Any:
    if kind == "application/json":
        return json.loads(body)
    if kind == "multipart/form-data":
        message = BytesParser().parsebytes(
            b"Content-Type: " + content_type.encode() + b"\n\n" + body
        )
        return [_part(part) for part in message.get_payload()]
    return body


def _part(part: Any) -> tuple[Any, ...]:
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8", "replace").replace("\r\n", "\n").strip()
    if text.startswith("{"):
        text = json.loads(text)
    disposition = part["content-disposition"].encode("latin-1", "replace").decode()
    return disposition.split(";")[1].strip(), part.get_filename(), text


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def heard_from(command: tuple[str, ...], url: str, directory: Path) -> list[dict[str, Any]]:
    Recorder.heard.clear()
    environment = {**os.environ, "COUNTERMARK_URL": url, "COUNTERMARK_KEY": "cm_live_some"}
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [*Recorder.heard]


def all_heard(samples: dict[str, dict[str, str]], url: str, directory: Path):
    """Run all samples of a language in one process; return what was heard, by language."""
    for name, kind in (("offer-2026-17.pdf", b"%PDF-1.7 x"), ("two.pdf", b"%PDF-1.7 y")):
        (directory / name).write_bytes(kind)
    for name in re.findall(r"@([\w.-]+)", " ".join(each["curl"] for each in samples.values())):
        if not (directory / name).exists():
            (directory / name).write_bytes(b"%PDF-1.7 z")
    scripts = {label: [each[label] for each in samples.values()] for label in ("curl", "Python")}
    modules = [each["JavaScript"] for each in samples.values()]
    for number, source in enumerate(modules):
        (directory / f"sample{number}.mjs").write_text(source)
    imports = "\n".join(f'await import("./sample{number}.mjs");' for number in range(len(modules)))
    (directory / "all.mjs").write_text(imports)
    shell = "\n".join(script.replace("curl ", "curl -sf ", 1) for script in scripts["curl"])
    return {
        "curl": heard_from(("bash", "-euc", shell), url, directory),
        "Python": heard_from((sys.executable, "-c", "\n".join(scripts["Python"])), url, directory),
        "JavaScript": heard_from(("node", "all.mjs"), url, directory),
    }


def test_every_operation_is_called_alike_in_three_languages(url: str, tmp_path: Path) -> None:
    heard = all_heard(SAMPLES, url, tmp_path)
    assert len(heard["curl"]) == len(SAMPLES) > 20
    for name, *requests in zip(SAMPLES, *heard.values(), strict=True):
        assert requests[0] == requests[1] == requests[2], name


def test_samples_send_the_examples(url: str, tmp_path: Path) -> None:
    chosen = {name: SAMPLES[name] for name in ("watermarkDocument", "watermarkUpload")}
    marked, uploaded = all_heard(chosen, url, tmp_path)["curl"]
    assert marked["headers"] == {"authorization": "Bearer cm_live_some"}
    path = next(path for _, path, one in operations() if one["operationId"] == "watermarkDocument")
    assert marked["line"].split("/")[:4] == ["POST ", *path.split("/")[1:4]]
    assert marked["body"]["watermark_text"]
    assert [name for name, *_ in uploaded["body"]] == ['name="file"', 'name="config"']
    assert (
        schema_errors({"$ref": "#/components/schemas/WatermarkConfig"}, uploaded["body"][1][2])
        == []
    )


@pytest.mark.parametrize(
    "call",
    [
        Call(
            "POST", "/a?b=%26", True, {"X": TRICKY[:11]}, "application/json", {"a": [TRICKY, None]}
        ),
        Call("PUT", "/a", False, media_type="application/json", json={"b": True, "c": {}}),
        Call(
            "POST",
            "/form",
            True,
            media_type="multipart/form-data",
            parts=[
                Part("files", "offer-2026-17.pdf", is_file=True),
                Part("files", "two.pdf", is_file=True),
                Part("text", TRICKY),
                Part("at", "@two.pdf"),
                Part("config", '{"a": null}', json={"a": None}),
            ],
        ),
        Call(
            "POST",
            "/form",
            False,
            media_type="application/x-www-form-urlencoded",
            parts=[Part("a", "b c&d=e"), Part("f", "+")],
        ),
        Call("DELETE", "/gone", True, has_answer=False),
        Call("PATCH", "/raw", True, media_type="application/x-some", file="two.pdf"),
        Call("GET", "/file", True, saved_as="answer.pdf"),
    ],
)
def test_whatever_is_said_arrives_in_all_languages(call: Call, url: str, tmp_path: Path) -> None:
    sample = {"curl": curl(call), "Python": python(call), "JavaScript": javascript(call)}
    heard = all_heard({"one": sample}, url, tmp_path)
    assert heard["curl"] == heard["Python"] == heard["JavaScript"]
    (request,) = heard["curl"]
    assert request["line"] == f"{call.method} {call.target}"
    if call.json is not None:
        assert request["body"] == call.json
    if call.saved_as:
        assert (tmp_path / "answer.pdf").read_bytes() == b"{}"


LATER = {"PHP": ("php", "sample.php"), "Ruby": ("ruby", "sample.rb")}


@pytest.mark.parametrize("language", LATER)
@pytest.mark.parametrize(
    "call",
    [
        Call("POST", "/a?b=%26", True, {"X": TRICKY[:11]}, "application/json",
             {"a": [TRICKY, None, {}, {"c": 1.5, "d": [True, False]}]}),
        Call("POST", "/form", True, media_type="multipart/form-data", parts=[
            Part("file", "two.pdf", is_file=True), Part("text", TRICKY), Part("at", "@two.pdf")]),
        Call("GET", "/jobs", True),
    ],
    ids=("json", "form", "get"),
)  # fmt: skip
def test_php_and_ruby_send_what_curl_does(
    call: Call, language: str, url: str, tmp_path: Path
) -> None:
    program, name = LATER[language]
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    (tmp_path / "two.pdf").write_bytes(b"%PDF-1.7 y")
    for server in ("", url):
        call.server = server
        written = snippets(call)
        (tmp_path / name).write_text(written[language])
        expected = heard_from(("bash", "-euc", written["curl"]), url, tmp_path)
        assert heard_from((program, name), url, tmp_path) == expected


def test_what_a_language_has_no_short_way_for_is_refused() -> None:
    twice = [Part("files", "two.pdf", is_file=True)] * 2
    for call in (
        Call("POST", "/", True, media_type="multipart/form-data", parts=twice),
        Call("PUT", "/", True, media_type="application/pdf", file="two.pdf"),
    ):
        with pytest.raises(Untellable):
            snippets(call)
