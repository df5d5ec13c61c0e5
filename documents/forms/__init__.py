"""Forms of the web UI. The watermark's fields come from the one schema, bounds included."""

from __future__ import annotations

from documents.forms.description import described
from documents.forms.preset import PresetForm
from documents.forms.trying import TryForm
from documents.forms.watermark import WatermarkForm

__all__ = ["PresetForm", "TryForm", "WatermarkForm", "described"]
