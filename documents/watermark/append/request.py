"""All that is asked for in one pass over a document."""

from __future__ import annotations

from ..errors import BadSpec, Problem
from ..ownership import DEFAULT_MARK_ID, MOST_ID_CHARACTERS, is_mark_id

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..outcome import File, Limits
    from ..spec import WatermarkSpec


class Request:
    """See ``apply`` for the parts; ``only_pages``: other pages are left as they are.

    Raises BadSpec for a ``mark_id`` that cannot be one.
    """

    __slots__ = (
        "assets",
        "font_folder",
        "limits",
        "mark_id",
        "on_page",
        "only_pages",
        "password",
        "seals",
        "spec",
        "variables",
    )

    def __init__(
        self,
        spec: WatermarkSpec,
        *,
        limits: Limits,
        seals: bool = False,
        password: str | None = None,
        variables: Mapping[str, str] | None = None,
        assets: Mapping[str, File] | None = None,
        mark_id: str | None = None,
        font_folder: str | None = None,
        only_pages: Collection[int] | None = None,
        on_page: Callable[[int, int], None] | None = None,
    ) -> None:
        if mark_id and not is_mark_id(mark_id):
            message = f"An id has 1 to {MOST_ID_CHARACTERS} ASCII characters and no spaces"
            raise BadSpec([Problem(("mark_id",), message, "bad_mark_id")])
        self.spec = spec
        self.limits = limits
        self.seals = seals
        self.password = password
        self.variables = variables
        self.assets = assets
        self.mark_id = mark_id or DEFAULT_MARK_ID
        self.font_folder = font_folder
        self.only_pages = only_pages
        self.on_page = on_page
