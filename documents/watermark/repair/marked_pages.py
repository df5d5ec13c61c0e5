"""Taking marks of ours out of pages that pikepdf has opened (see ``ownership``)."""

from __future__ import annotations

import re

from ..ownership import CONTENTS_KEY, DRAWING_BEGINS, MARK_KEY, RESOURCE_STEM

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable

    import pikepdf

DRAWS_ONE_FORM = re.compile(rb"\s*(/[^\s/<>\[\]()%{}]+)\s+Do\s*")
DRAWING = re.compile(re.escape(DRAWING_BEGINS) + rb".*\bEMC\b", re.DOTALL)
MOST_PARTS = 20_000


def mark_ids(pages: Iterable[pikepdf.Object]) -> set[str]:
    """The ids of the marks on these pages."""
    found = set()
    for page in pages:
        found |= {mark_id for part in _parts(page.get("/Contents")) if (mark_id := _sign(part))}
    return found


def take_out(pdf: pikepdf.Pdf, mark_id: str | None) -> bool:
    """Take all marks out, or those with this id; whether there were any."""
    removal = _Removal(pdf, mark_id)
    for page in pdf.pages:
        removal.clean(page.obj)
    return removal.has_found


class _Removal:
    def __init__(self, pdf: pikepdf.Pdf, mark_id: str | None) -> None:
        self.has_found = False
        self._pdf = pdf
        self._mark_id = mark_id
        self._done: set[tuple[int, int]] = set()
        self._rests: dict[tuple[tuple[int, int], str], pikepdf.Object] = {}

    def clean(self, page: pikepdf.Object) -> None:
        """Give a page the contents and resources that it had before."""
        import pikepdf

        parts = _parts(page.get("/Contents"))
        forms = _forms(page)
        signs = [_sign(part) for part in parts]
        if any(map(self._is_meant, signs)):
            self.has_found = True
            others = [sign for sign in signs if sign and not self._is_meant(sign)]
            kept: list[pikepdf.Object] = []
            for part, sign in zip(parts, signs, strict=True):
                if self._is_meant(sign):
                    kept += self._left_of(part, forms, others)
                else:
                    kept.append(part)
            if not kept:
                del page["/Contents"]
            else:
                page["/Contents"] = kept[0] if len(kept) == 1 else pikepdf.Array(kept)
        if forms is not None:
            self._clean_forms(forms)

    def _is_meant(self, sign: str) -> bool:
        return bool(sign) and self._mark_id in (None, sign)

    def _left_of(
        self, part: pikepdf.Object, forms: pikepdf.Object | None, others: list[str]
    ) -> list[pikepdf.Object]:
        """What stays of a stream of ours: the content that it set apart, or where other marks
        stay, what opens and closes the page's content for them."""
        data = part.read_bytes()
        draws = DRAWS_ONE_FORM.fullmatch(data)
        form = forms.get(draws[1].decode("latin-1")) if draws and forms is not None else None
        if form is not None and f"/{CONTENTS_KEY}" in form:
            if not others:
                return _parts(form[f"/{CONTENTS_KEY}"])
            form[f"/{MARK_KEY}"] = others[0]  # it would swallow the marks that stay
        elif others:
            data = DRAWING.sub(b"", data).strip()
        else:
            data = b""
        return [self._handed_over(part, data, others[0])] if data else []

    def _handed_over(self, part: pikepdf.Object, data: bytes, other: str) -> pikepdf.Object:
        """What stays of a stream, now part of another mark."""
        import pikepdf

        key = (part.objgen, other)
        if key not in self._rests:
            sign = {f"/{MARK_KEY}": pikepdf.String(other)}
            self._rests[key] = pikepdf.Stream(self._pdf, data + b"\n", sign)
        return self._rests[key]

    def _clean_forms(self, forms: pikepdf.Object) -> None:
        """Take our forms out of resources, which pages may share."""
        if forms.is_indirect:
            if forms.objgen in self._done:
                return
            self._done.add(forms.objgen)
        for name, form in list(forms.items()):
            is_of_ours = name.startswith(f"/{RESOURCE_STEM}") and name.isascii()
            if is_of_ours and self._is_meant(_sign(form)):
                self.has_found = True
                del forms[name]


def _parts(contents: object) -> list[pikepdf.Object]:
    """A page's content streams."""
    import pikepdf

    if isinstance(contents, pikepdf.Stream):
        return [contents]
    if isinstance(contents, pikepdf.Array):
        listed = contents.as_list()[:MOST_PARTS]
        return [part for part in listed if isinstance(part, pikepdf.Stream)]
    return []


def _forms(page: pikepdf.Object) -> pikepdf.Object | None:
    import pikepdf

    resources = page.get("/Resources")
    forms = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    return forms if isinstance(forms, pikepdf.Dictionary) else None


def _sign(value: object) -> str:
    """The id of the mark that a stream is part of; empty where it is none of ours."""
    import pikepdf

    if not isinstance(value, pikepdf.Stream):
        return ""
    sign = value.get(f"/{MARK_KEY}")
    return bytes(sign).decode("latin-1") if isinstance(sign, pikepdf.String) else ""
