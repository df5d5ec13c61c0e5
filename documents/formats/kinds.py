"""What a document can be: five kinds of files, known by their bytes."""

from __future__ import annotations

from enum import StrEnum


class DocumentFormat(StrEnum):
    """What a document is."""

    PDF = "pdf"
    DOCX = "docx"
    TXT = "txt"
    PNG = "png"
    JPG = "jpg"

    @property
    def media_type(self) -> str:
        """As Content-Type has it (RFC 6838)."""
        return MEDIA_TYPES[self]

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS[self]

    @property
    def is_picture(self) -> bool:
        """Whether it is one picture."""
        return self in (DocumentFormat.PNG, DocumentFormat.JPG)

    def named(self, file_name: str) -> str:
        """``file_name`` with an ending that programs know this kind by.

        An ending of another of our kinds is replaced, any other stays and ours comes behind.
        """
        stem, dot, ending = file_name.rpartition(".")
        if dot and ending.lower() in ENDINGS[self]:
            return file_name
        if dot and stem and any(ending.lower() in known for known in ENDINGS.values()):
            return f"{stem}.{self.value}"
        return f"{file_name}.{self.value}"


MEDIA_TYPES = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.TXT: "text/plain; charset=utf-8",
    DocumentFormat.PNG: "image/png",
    DocumentFormat.JPG: "image/jpeg",
}
ENDINGS = {
    DocumentFormat.PDF: ("pdf",),
    DocumentFormat.DOCX: ("docx",),
    DocumentFormat.TXT: ("txt", "text", "log", "md", "csv"),
    DocumentFormat.PNG: ("png",),
    DocumentFormat.JPG: ("jpg", "jpeg", "jpe", "jfif"),
}
LABELS = {
    DocumentFormat.PDF: "PDF",
    DocumentFormat.DOCX: "Word document",
    DocumentFormat.TXT: "Text",
    DocumentFormat.PNG: "PNG picture",
    DocumentFormat.JPG: "JPEG picture",
}
ACCEPTED = "PDF, Word (.docx), text (.txt, UTF-8), PNG or JPEG"
"""All of them, in a sentence."""
ACCEPT = ".pdf,.docx,.txt,.png,.jpg,.jpeg"
"""All of them, as a file input of HTML wants it."""
