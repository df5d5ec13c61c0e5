"""What can be told of a Word document without laying it out."""

from __future__ import annotations

from typing import BinaryIO

from documents.watermark.outcome import Inspection, Signatures

from .package import Package
from .relations import SIGNATURES, ContentTypes, Relations, main_part


def inspect_word(source: BinaryIO) -> Inspection:
    """Tell what it is; raises NotADocx, Damaged and Encrypted.

    Nobody knows how many pages there are until it is laid out.
    """
    package = Package(source)
    relations = Relations(package, "")
    main_part(relations, ContentTypes(package))
    signed = bool(relations.of_type(SIGNATURES))
    names = ("digital signature",) if signed else ()
    return Inspection(None, False, False, signed=signed, signatures=Signatures(names))
