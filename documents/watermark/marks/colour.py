"""Colour spaces of pictures: the device's, or ones that mean the same everywhere (8.6.5)."""

from __future__ import annotations

from ..syntax.values import Name

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..syntax.values import Value
    from .mark import MarkContext, NewObjects
    from .samples import Samples

# sRGB (IEC 61966-2-1) as near as a CalRGB space comes, seen in D65's white.
WHITE = [0.9505, 1.0, 1.089]
CAL_GRAY: Value = [Name("CalGray"), {"WhitePoint": WHITE, "Gamma": 2.2}]
CAL_RGB: Value = [
    Name("CalRGB"),
    {
        "WhitePoint": WHITE,
        "Gamma": [2.2, 2.2, 2.2],
        "Matrix": [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505],
    },
]
CALIBRATED: dict[str, Value] = {"DeviceGray": CAL_GRAY, "DeviceRGB": CAL_RGB}

PROFILE_HEADER_BYTES = 128
MOST_PROFILE_BYTES = 1 << 20
PROFILE_CLASSES = (b"mntr", b"scnr", b"prtr", b"spac")
PROFILE_SPACES = {b"GRAY": "DeviceGray", b"RGB ": "DeviceRGB", b"CMYK": "DeviceCMYK"}
NEWEST_VERSION, NEWEST_VERSION_OF_PDF_1_4 = 4, 2


def colour_space(
    samples: Samples, profile: bytes, objects: NewObjects, context: MarkContext
) -> Value:
    """The colour space for samples that came with an ICC profile, or with none (empty)."""
    direct = "DeviceRGB" if samples.space == "Indexed" else samples.space
    base: Value = Name(direct)
    if profile_space(profile, context) == direct:
        entries: dict[str, Value] = {"N": samples.components, "Alternate": base}
        if samples.space == "Indexed":
            entries["N"] = 3
        base = [Name("ICCBased"), objects.add(entries, profile)]
    elif context.device_independent:
        base = CALIBRATED.get(direct, base)
    return samples.indexed(base) if samples.space == "Indexed" else base


def profile_space(profile: bytes, context: MarkContext) -> str:
    """The device space that a usable ICC profile stands for (ICC.1, 7.2), or nothing."""
    if not PROFILE_HEADER_BYTES <= len(profile) <= MOST_PROFILE_BYTES:
        return ""
    newest = NEWEST_VERSION_OF_PDF_1_4 if context.without_transparency else NEWEST_VERSION
    is_sound = (
        int.from_bytes(profile[:4], "big") == len(profile)
        and profile[36:40] == b"acsp"
        and profile[12:16] in PROFILE_CLASSES
        and profile[8] <= newest
    )
    return PROFILE_SPACES.get(profile[16:20], "") if is_sound else ""
