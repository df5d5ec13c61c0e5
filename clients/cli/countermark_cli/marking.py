"""Having files marked: the configuration, the job, its end, the copy."""

from __future__ import annotations

import json
import time
import uuid
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from countermark_client.api.jobs import get_job
from countermark_client.api.watermarking import watermark_document, watermark_upload
from countermark_client.models import JobRequest, MarkRequest, MarkUploadForm

from countermark_cli.connection import Connection
from countermark_cli.failures import Misuse, WorkFailed
from countermark_cli.uploads import LONG_BYTES, Told, file_of, upload

FIELDS = {each.name for each in attrs.fields(MarkRequest)}
KEPT_KINDS = {".pdf", ".docx"}
ENDED = {"succeeded", "failed", "cancelled", "expired"}
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 2.0


def config_of(options: Namespace) -> dict[str, Any]:
    """Return the mark that the command line asks for: a file's fields, then the options' own."""
    config: dict[str, Any] = {}
    if options.config:
        config = _object_in(options.config)
    for name in ("position", "opacity", "font_size", "color", "rotation", "pages"):
        if (value := getattr(options, name)) is not None:
            config[name] = value
    if options.text is not None:
        config["watermark_text"] = options.text
    for pair in options.set or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise Misuse("bad_option", f"--set takes name=value, not {pair}")
        config[name] = _value(text)
    if options.preset is not None:
        config["preset"] = str(options.preset)
    _check(config)
    return config


def _check(config: dict[str, Any]) -> None:
    """Raise Misuse for what the server would not understand; its bounds are its own."""
    if unknown := sorted(config.keys() - FIELDS):
        raise Misuse("unknown_field", f"A mark has no {', '.join(unknown)}.")
    if not {"watermark_text", "preset"} & config.keys():
        told = "Say what to write: --text, --preset, or watermark_text in --config."
        raise Misuse("no_text", told)
    try:
        MarkRequest.from_dict(config)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Misuse("bad_config", f"This is no mark: {error}") from None


def _object_in(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misuse("unreadable", f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise Misuse("bad_config", f"{path} is no JSON: {error}") from None
    if not isinstance(config, dict):
        raise Misuse("bad_config", f"{path} is no JSON object.")
    return config


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def ask_for_mark(
    connection: Connection,
    path: Path,
    config: dict[str, Any],
    *,
    name: str | None = None,
    told: Told,
) -> Any:
    """Upload a file, ask for its mark and return the job; one ``name`` is one job within a day."""
    key = name or str(uuid.uuid4())
    size = path.stat().st_size
    if size <= LONG_BYTES:
        answer = connection.ask(
            watermark_upload,
            body=lambda: MarkUploadForm(file_of(path), config=MarkRequest.from_dict(config)),
            idempotency_key=key,
        )
        told(size, size)
        return answer.parsed
    document = upload(connection, path, name=name, told=told)
    return connection.ask(
        watermark_document,
        body=lambda: JobRequest.from_dict(config),
        document_id=document.id,
        idempotency_key=key,
    ).parsed


def copy_name(path: Path) -> str:
    """Return what a file's copy is called: of texts and pictures the copy is a PDF."""
    return path.name if path.suffix.lower() in KEPT_KINDS else f"{path.name}.pdf"


def wait_for(
    connection: Connection, job: Any, *, told: Callable[[int, int], None] = lambda done, whole: None
) -> Any:
    """Return the job once it has ended well; raise WorkFailed if it ended otherwise."""
    pause = FIRST_PAUSE_SECONDS
    while job.state not in ENDED:
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        job = connection.ask(get_job, job_id=job.id).parsed
        told(job.progress.percent, 100)
    if job.state != "succeeded":
        error = job.error
        raise WorkFailed(
            error.code if error else str(job.state),
            error.message if error else f"The job was {job.state}.",
            job_id=str(job.id),
            retryable=bool(error and error.retryable),
        )
    return job
