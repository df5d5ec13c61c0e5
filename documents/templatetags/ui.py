"""Tags of the web UI: icons, form fields, states, the navigation's current place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts.once import once_field
from accounts.services.notifications import count_unread
from config.errors import DomainError
from config.request_id import current_request_id
from documents.models import Batch

register = template.Library()

STATES = {
    "open": ("circle-dashed", "Not started"),
    "pending": ("circle-dashed", "Not started"),
    "queued": ("circle-dashed", "Queued"),
    "running": ("activity", "Running"),
    "succeeded": ("circle-check", "Succeeded"),
    "failed": ("circle-x", "Failed"),
    "cancelled": ("ban", "Cancelled"),
    "expired": ("clock", "Expired"),
    "completed": ("circle-check", "Completed"),
    "completed_with_errors": ("alert-triangle", "Completed with errors"),
}
MESSAGE_NOTES = {
    "success": ("good", "circle-check"),
    "warning": ("warn", "alert-triangle"),
    "error": ("bad", "alert-circle"),
}
OTHER_ICON = "info-circle"
MOMENTS = {
    "minute": "j M Y, H:i e",
    "second": "j M Y, H:i:s e",
    "brief": "j M, H:i e",
    "day": "j M Y",
}


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago ``moment`` was, in one unit."""
    if timezone.now() - moment < timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment, depth=1)} ago"


@register.simple_tag
def moment(at: datetime | None, kind: str = "minute") -> SafeString | str:
    """Return a moment in the zone of who looks (``ago``: how long ago), with UTC as its title."""
    if at is None:
        return ""
    told = ago(at) if kind == "ago" else dateformat.format(timezone.localtime(at), MOMENTS[kind])
    exact = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        exact.isoformat(),
        dateformat.format(exact, "j F Y, H:i:s"),
        told,
    )


@register.filter
def size(count: int) -> str:
    """Return a number of bytes as people read it; static/js/upload.js writes them alike."""
    amount, unit = float(count), "bytes"
    for unit in ("bytes", "KB", "MB", "GB", "TB"):
        if amount < 1024 or unit == "TB":
            break
        amount /= 1024
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


@register.filter
def batch_name(batch: Batch) -> str:
    """Return what a batch is called; one without a title by what is in it."""
    return batch.title or f"Batch of {batch.total:,} document{'' if batch.total == 1 else 's'}"


@register.filter
def mark_name(spec: dict[str, Any]) -> str:
    """Return what a stored mark says, or what it is where it says nothing."""
    made_of = {"image": "A picture", "pdf": "A PDF page"}.get(spec.get("type", ""), "")
    return made_of or spec.get("watermark_text") or "Without a text of its own"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return one icon of the sprite, hidden from assistive technology: text says it too."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("vendor/icons/sprite.svg"),
        name,
    )


@register.simple_tag
def once() -> SafeString:
    """Return the hidden field by which a form that is sent twice is known (accounts/once.py)."""
    return once_field()


@register.simple_tag
def request_id() -> str:
    """Return the id of this request; known even where an error page has no context."""
    return current_request_id()


@register.simple_tag
def state_mark(state: str) -> SafeString:
    """Return the state of a job, an item or a batch as an icon and a word."""
    name, word = STATES.get(state, (OTHER_ICON, state.capitalize()))
    return format_html(
        '<span class="cm-state" data-state="{}">{}{}</span>', state, icon(name), word
    )


@register.simple_tag
def message_note(tags: str) -> dict[str, str]:
    """Return the tone and icon of one of Django's messages."""
    level = next((tag for tag in tags.split() if tag in MESSAGE_NOTES), "")
    tone, name = MESSAGE_NOTES.get(level, ("", OTHER_ICON))
    return {"tone": tone, "icon": name}


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], prefix: str) -> SafeString | str:
    """Return ``aria-current`` where the page shown lies under ``prefix``."""
    path = getattr(context.get("request"), "path", "")
    if path == prefix:
        return SafeString('aria-current="page"')
    return SafeString('aria-current="true"') if path.startswith(prefix) else ""


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], scope: str) -> bool:
    """Whether the signed-in person may do what ``scope`` covers; what they may not is not shown."""
    try:
        principal = getattr(context.get("request"), "principal", None)
        return bool(principal and principal.may(scope))
    except DomainError:  # signed in, but in no workspace, or in a suspended one
        return False


@register.simple_tag(takes_context=True)
def unread(context: dict[str, Any]) -> int:
    """Return how many notifications wait for who looks, up to a hundred; asked once a page."""
    request: Any = context.get("request")
    if not hasattr(request, "unread_notifications"):
        try:
            principal = getattr(request, "principal", None)
            count = count_unread(principal) if principal else 0
        except DomainError:
            count = 0
        request.unread_notifications = count
    return int(request.unread_notifications)


@register.inclusion_tag("_partials/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """Return label, control, hint and errors of one form field, tied together for readers.

    Django itself writes ``aria-invalid`` and ``aria-describedby``; the first field with an
    error gets the focus, without any JavaScript.
    """
    attrs: dict[str, Any] = {"placeholder": False}  # the label says it, and stays
    css = _control_class(bound)
    if css:
        attrs["class"] = css
    if bound.errors and bound.name == next(iter(bound.form.errors), None):
        attrs["autofocus"] = True
    many = bound.use_fieldset
    return {"field": bound, "control": bound.as_widget(attrs=attrs), "many": many, "hint": hint}


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return ""
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if getattr(widget, "input_type", "") == "color":
        return "form-control form-control-color"
    return "form-select" if isinstance(widget, Select) else "form-control"
