"""What people can do about work that failed, by the code of the failure."""

from __future__ import annotations

ANOTHER_FILE = "Upload it again from where it came from; if that fails too, save it anew first."
ANOTHER_MARK = "Mark it again with other settings."
SMALLER = "Split it and upload the parts."
AGAIN = "Try it again."

REMEDIES = {
    "bad_spec": ANOTHER_MARK,
    "conversion_failed": "Save it as PDF and upload that.",
    "conversion_unavailable": "Save it as PDF and upload that, or let the copy be a Word document.",
    "damaged": ANOTHER_FILE,
    "document_deleted": "Upload it again if it is still needed.",
    "document_missing": "Upload it again.",
    "encrypted": "Take the password off and upload it again.",
    "no_pages": "Save it as PDF and upload that.",
    "not_a_docx": ANOTHER_FILE,
    "not_a_pdf": ANOTHER_FILE,
    "out_of_memory": SMALLER,
    "quota_exceeded": "Wait for the next month, or change the plan.",
    "signed": "Allow marks on signed documents in the mark's settings, or leave it as it is.",
    "timeout": SMALLER,
    "too_large": SMALLER,
    "too_many_pages": SMALLER,
    "unsupported_format": "Upload it as PDF, Word, text or picture.",
    "unsupported_image": "Choose another picture for the mark.",
    "unsupported_text": "Choose another text or font for the mark.",
}


def remedy(code: str, *, is_retryable: bool) -> str:
    """Return what to do, in a sentence; empty where nobody knows."""
    return AGAIN if is_retryable else REMEDIES.get(code, "")
