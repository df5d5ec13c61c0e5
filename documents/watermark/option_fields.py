"""The fields of a spec as options of the command line."""

from __future__ import annotations

from .spec import WatermarkSpec

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .spec.rules import Rule

# Which option gives a mark its content, and so its type.
CONTENTS = {
    "text": ("watermark_text", "TEXT", "a text; its line breaks count"),
    "image": ("asset", "FILE", "a picture: PNG, JPEG and others"),
    "pdf": ("asset", "FILE", "the first page of a document"),
}


def own_options() -> dict[str, Rule]:
    """The rules of the fields that have an option of their own name."""
    # The engine writes what it has read: only who calls it knows of other formats.
    contents = {"type", "output", *(field for field, _, _ in CONTENTS.values())}
    return {name: rule for name, rule in WatermarkSpec.RULES.items() if name not in contents}
