"""Multipart forms as bytes, and requests that send them over a raw connection."""

from __future__ import annotations

from accounts.tests.cast import Person
from config.tests.serving import Serving, Wire

BOUNDARY = "----form7MA4YWxk"
END = f"--{BOUNDARY}--\r\n".encode()
API = "/api/v1/documents/"
PAGE = "/documents/upload/"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    """Return one part of a form: a file if it has a file name."""
    named = f'; filename="{file_name}"' if file_name is not None else ""
    kind = "\r\nContent-Type: application/pdf" if file_name is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}{kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def file_form(content: bytes) -> bytes:
    """Return a form with a title and one file."""
    return part("title", b"Offer") + part("file", content, "offer.pdf") + END


def headers_of(key: str | None, length: int | None, **headers: object) -> dict[str, object]:
    """Return the headers of an upload: chunked if ``length`` is None, anonymous without a key."""
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    if length is None:
        headers["transfer_encoding"] = "chunked"
    else:
        headers["content_length"] = length
    return {"content_type": f"multipart/form-data; boundary={BOUNDARY}", **headers}


def page_headers(person: Person) -> tuple[dict[str, str], bytes]:
    """Return a signed-in browser's cookies and the part with its CSRF token."""
    token = person.client.get(PAGE).context["csrf_token"]
    cookies = "; ".join(f"{name}={one.value}" for name, one in person.client.cookies.items())
    return {"cookie": cookies, "path": PAGE}, part("csrfmiddlewaretoken", str(token).encode())


def begin(
    live: Serving, key: str | None, length: int | None, path: str = API, **headers: object
) -> Wire:
    """Send the headers of an upload, as ``headers_of`` makes them."""
    return live.connect().head("POST", path, **headers_of(key, length, **headers))


def chunk(data: bytes) -> bytes:
    """Return ``data`` as one piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)
