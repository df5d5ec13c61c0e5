"""Runs on files of which marks are made: judging one, and making a picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from documents.formats.asset_kinds import AssetFormat

from .errors import EngineCrashed
from .limits import SandboxLimits
from .run import run_child

LONGEST_SIDE = 1_000_000
LONGEST_NAME = 126


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """A picture's size in pixels or a page's in points; a font's name."""

    width: int | None
    height: int | None
    font_name: str


def judge_asset(*, source: Path, format: AssetFormat, limits: SandboxLimits) -> AssetFacts:
    """Return what an asset is.

    Raises what ``run_engine`` raises where no mark can be made of it.
    """
    with TemporaryDirectory() as folder:
        return run_child(
            source=source,
            target=Path(folder, "marked.pdf"),
            request={"task": "judge", "format": format.value},
            limits=limits,
            read=_facts,
        )


def portray_asset(*, source: Path, format: AssetFormat, width: int, limits: SandboxLimits) -> bytes:
    """Return what an asset looks like, as PNG; raises what ``run_engine`` raises."""
    with TemporaryDirectory() as folder:
        target = Path(folder, "portrait.png")
        return run_child(
            source=source,
            target=target,
            request={"task": "portray", "format": format.value, "width": width},
            limits=limits,
            read=lambda _: target.read_bytes(),
        )


def _facts(told: Mapping[str, Any]) -> AssetFacts:
    """Make each value what it should be: the child may have been taken over."""
    try:
        name = str(told["font_name"])[:LONGEST_NAME]
        return AssetFacts(_side(told["width"]), _side(told["height"]), name)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise EngineCrashed("the child's answer makes no sense") from error


def _side(told: Any) -> int | None:
    return None if told is None else min(max(int(told), 1), LONGEST_SIDE)
