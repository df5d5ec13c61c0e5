"""What can be told of a Word document without laying it out."""

from __future__ import annotations

from typing import BinaryIO

from documents.watermark.errors import Signed
from documents.watermark.outcome import Inspection, Signatures

from .package import Package
from .relations import SIGNATURES, ContentTypes, Relations, main_part

MOST_INFLATED_BYTES = 512 << 20


def check_word(source: BinaryIO, *, refuses_signed: bool) -> None:
    """Raise what keeps a document from being laid out; it is inflated once, and not kept.

    NotADocx, Damaged, Encrypted, Signed, and TooLarge for what grows beyond 512 MiB.
    """
    package = Package(source)
    relations = Relations(package, "")
    main_part(relations, ContentTypes(package))
    if refuses_signed and relations.of_type(SIGNATURES):
        raise Signed
    package.check_inflates(MOST_INFLATED_BYTES)


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
