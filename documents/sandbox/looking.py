"""Runs that change nothing: what a document is, how a page looks, what a mark would say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from documents.formats.kinds import DocumentFormat
from documents.watermark.outcome import Notice
from documents.watermark.spec import WatermarkSpec

from .errors import EngineCrashed
from .limits import SandboxLimits
from .run import run_child

Stop = Callable[[], bool]


def inspect_document(
    *, source: Path, format: DocumentFormat, limits: SandboxLimits, should_stop: Stop | None = None
) -> dict[str, Any]:
    """Return the engine's ``Inspection`` as JSON has it. Raises what ``run_engine`` raises."""
    with TemporaryDirectory() as folder:
        return run_child(
            source=source,
            target=Path(folder, "nothing"),
            request={"task": "look", "format": format},
            limits=limits,
            should_stop=should_stop,
            read=_inspection,
        )


def draw_page(
    *,
    source: Path,
    format: DocumentFormat,
    page: int,
    width: int,
    limits: SandboxLimits,
    spec: WatermarkSpec | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, Path] | None = None,
    should_stop: Stop | None = None,
) -> bytes:
    """Return a page as PNG, marked if there is a spec.

    Raises BadSpec (its ``problems`` name ``page``) and what ``run_engine`` raises.
    """
    request = {
        "task": "draw",
        "format": format,
        "page": page,
        "width": width,
        "spec": spec.as_dict() if spec else None,
        "variables": dict(variables or {}),
    }
    with TemporaryDirectory() as folder:
        target = Path(folder, "page.png")
        return run_child(
            source=source,
            target=target,
            request=request,
            limits=limits,
            assets=assets,
            should_stop=should_stop,
            read=lambda _: target.read_bytes(),
        )


def rehearse_mark(
    *,
    source: Path,
    format: DocumentFormat,
    limits: SandboxLimits,
    spec: WatermarkSpec,
    variables: Mapping[str, str],
    assets: Mapping[str, Path] | None = None,
    should_stop: Stop | None = None,
) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    """Return the inspection and the warnings that marking would give.

    Raises what ``run_engine`` raises: what would keep the document from being marked.
    """
    request = {
        "task": "rehearse",
        "format": format,
        "spec": spec.as_dict(),
        "variables": dict(variables),
    }
    with TemporaryDirectory() as folder:
        return run_child(
            source=source,
            target=Path(folder, "nothing"),
            request=request,
            limits=limits,
            assets=assets,
            should_stop=should_stop,
            read=_rehearsal,
        )


@contextmanager
def _sense_made() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise EngineCrashed("the child's answer makes no sense") from error


def _notices(told: Iterable[Mapping[str, Any]]) -> list[Notice]:
    return [Notice(str(each["code"]), str(each["message"])) for each in told]


def _rehearsal(told: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Notice, ...]]:
    with _sense_made():
        return _inspection(told["inspection"]), tuple(_notices(told["warnings"]))


def _inspection(told: Mapping[str, Any]) -> dict[str, Any]:
    with _sense_made():
        return _sensible(told)


def _sensible(told: Mapping[str, Any]) -> dict[str, Any]:
    """Make each value what it should be: the child may have been taken over."""
    signatures = told["signatures"]
    return {
        "version": str(told["version"]),
        "pages": None if told["pages"] is None else int(told["pages"]),
        "pages_seen": int(told["pages_seen"]),
        "sizes": [
            {
                "width": round(float(each["width"]), 3),
                "height": round(float(each["height"]), 3),
                "pages": int(each["pages"]),
            }
            for each in told["sizes"]
        ],
        "turned": int(told["turned"]),
        "scanned_share": round(min(max(float(told["scanned_share"]), 0.0), 1.0), 4),
        "encrypted": bool(told["encrypted"]),
        "needs_password": bool(told["needs_password"]),
        "allowed": [str(each) for each in told["allowed"]],
        "signed": bool(told["signed"]),
        "signatures": {
            "names": [str(each) for each in signatures["names"]],
            "certified": None if signatures["certified"] is None else int(signatures["certified"]),
            "usage_rights": bool(signatures["usage_rights"]),
        },
        **{name: str(told[name]) for name in ("pdfa", "pdfua", "pdfx")},
        "tagged": bool(told["tagged"]),
        "linearized": bool(told["linearized"]),
        "active_content": [str(each) for each in told["active_content"]],
        "is_marked": bool(told["mark_ids"]),
        "warnings": [notice.as_dict() for notice in _notices(told["warnings"])],
    }
