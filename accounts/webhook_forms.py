"""Forms of the webhook pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.event_types import offered_event_types
from accounts.models import WebhookEndpoint
from accounts.outgoing.targets import LONGEST
from accounts.principal import Principal
from accounts.services.webhook_deliveries import replay_range
from accounts.services.webhook_endpoints import create_endpoint, update_endpoint
from accounts.services.webhook_inputs import DESCRIPTION_LENGTH
from config.errors import Conflict, Invalid


class WebhookEndpointForm(forms.Form):
    """A new endpoint, or the changes of one."""

    url = forms.CharField(
        label="Address",
        max_length=LONGEST,
        help_text="It begins with https:// and takes POST requests.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Note", max_length=DESCRIPTION_LENGTH, required=False, help_text="For your team."
    )
    event_types = forms.MultipleChoiceField(
        label="Only these events",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them, also those that are added later.",
    )
    header_name = forms.CharField(
        label="Extra header",
        required=False,
        max_length=100,
        help_text="Sent with every request, such as X-Tenant; may be left out.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    header_value = forms.CharField(
        label="Its value",
        required=False,
        max_length=1000,
        help_text="Kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, principal: Principal, endpoint: WebhookEndpoint | None = None, **how: Any
    ) -> None:
        super().__init__(*args, **how)
        self.initial = {} if endpoint is None else _shown(endpoint)
        self._principal, self._endpoint = principal, endpoint
        self.fields["event_types"].choices = [  # type: ignore[attr-defined] # a choice field
            (each.name, f"{each.name} – {each.summary}") for each in offered_event_types()
        ]
        if endpoint is not None and endpoint.header_name:
            self.fields["header_value"].help_text = "Leave it empty to keep the present one."
        if endpoint is not None and endpoint.kind == WebhookEndpoint.Kind.CALLBACK:
            for name in ("url", "event_types"):
                del self.fields[name]

    def save(self) -> tuple[WebhookEndpoint, str | None] | None:
        """Return the endpoint and, of a new one, its secret; None when refused, with reasons."""
        given = {name: self.cleaned_data[name] for name in self.fields if name[:6] != "header"}
        try:
            if self._endpoint is None:
                return create_endpoint(principal=self._principal, **given, header=self._header())
            if not self._keeps_header():
                given["header"] = self._header()
            changed = update_endpoint(
                principal=self._principal, endpoint_id=self._endpoint.pk, changes=given
            )
            return changed, None
        except Invalid as error:
            for problem in error.problems:
                field = "_".join(problem["loc"][1:])
                self.add_error(field if field in self.fields else None, problem["msg"])
        except Conflict as error:
            self.add_error(None, error.detail)
        return None

    def _header(self) -> tuple[str, str] | None:
        name = self.cleaned_data["header_name"]
        return (name, self.cleaned_data["header_value"]) if name else None

    def _keeps_header(self) -> bool:
        given, endpoint = self.cleaned_data, self._endpoint
        same = endpoint is not None and given["header_name"] == endpoint.header_name
        return same and not given["header_value"]


class ReplayForm(forms.Form):
    """Which of the last days' events are sent again."""

    days = forms.TypedChoiceField(
        label="Events of the last",
        choices=[("1", "24 hours"), ("7", "7 days"), ("30", "30 days")],
        coerce=int,
    )
    delivered_too = forms.BooleanField(
        label="Also those that arrived", required=False, help_text="Else only what was missed."
    )

    def replay(self, *, principal: Principal, endpoint: WebhookEndpoint) -> int:
        """Send them; return how many."""
        given = self.cleaned_data
        return replay_range(
            principal=principal,
            endpoint_id=endpoint.pk,
            since=timezone.now() - timedelta(days=given["days"]),
            delivered_too=given["delivered_too"],
        )


def _shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    names = ("url", "description", "event_types", "header_name")
    return {name: getattr(endpoint, name) for name in names}
