"""Documents made to harm whoever opens them, by name; each is made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from documents.tests.sandbox.hostile.bombs import BOMBS
from documents.tests.sandbox.hostile.drawings import DRAWINGS
from documents.tests.sandbox.hostile.structures import STRUCTURES

DOCUMENTS: Mapping[str, Callable[[], bytes]] = {**STRUCTURES, **DRAWINGS, **BOMBS}
