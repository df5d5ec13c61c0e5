"""The text that stands behind a font's codes (ISO 32000-2, 9.10.3)."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping

CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{mappings}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
MAPPINGS_PER_BLOCK = 100


def to_unicode(texts: Mapping[int, str]) -> bytes:
    """The CMap that gives readers the characters of each code; none for a code without."""
    rows = sorted((code, text) for code, text in texts.items() if text)
    blocks = []
    for start in range(0, len(rows), MAPPINGS_PER_BLOCK):
        block = rows[start : start + MAPPINGS_PER_BLOCK]
        lines = (f"<{code:04X}> <{''.join(map(_digits, text))}>" for code, text in block)
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar")
    return CMAP.format(mappings="\n".join(blocks)).encode()


def _digits(character: str) -> str:
    """A character in UTF-16, as hexadecimal digits; loading Python's codec would take longer."""
    code = ord(character)
    if code <= 0xFFFF:
        return f"{code:04X}"
    return f"{0xD7C0 + (code >> 10):04X}{0xDC00 + (code & 0x3FF):04X}"
