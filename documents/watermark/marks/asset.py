"""Files that a mark is made of, which come from whoever asked for the mark."""

from __future__ import annotations

import os

from ..errors import UnsupportedImage

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import File

MIB = 1 << 20
MOST_ASSET_BYTES = 32 * MIB


def asset_bytes(asset: File) -> bytes:
    """All of an asset, a path or a file read from its start; raises UnsupportedImage."""
    if isinstance(asset, str | bytes | os.PathLike):
        with open(asset, "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms of every start
            data = file.read(MOST_ASSET_BYTES + 1)
    else:
        asset.seek(0)
        data = asset.read(MOST_ASSET_BYTES + 1)
    if len(data) > MOST_ASSET_BYTES:
        most = MOST_ASSET_BYTES // MIB
        raise UnsupportedImage(f"The picture to be drawn is larger than {most} MB.")
    return data
