"""What every dialect of regular expressions can say of text that people read."""

from __future__ import annotations

# Bounds count after trimming.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"

VISIBLE = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"
"""Something to see, and no control characters."""
