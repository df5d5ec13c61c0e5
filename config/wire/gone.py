"""How a view learns that nobody waits for its answer any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# In the environ of a request whose lane watches its client: an Event, set once it has gone.
GONE = "countermark.gone"


def gone_of(environ: Mapping[str, Any]) -> Callable[[], bool] | None:
    """Return what tells whether the client has gone; None where nobody watches."""
    gone = environ.get(GONE)
    return None if gone is None else gone.is_set
