"""The list that leads a new workspace to its first marked copy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.urls import reverse

from accounts.models import APIKey
from accounts.principal import Principal
from documents.models import Job
from documents.views.summary import Summary


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list; ``url`` is empty while the step before it is missing.

    ``is_next`` marks the one that is the way to go on.
    """

    title: str
    text: str
    done: bool
    action: str = ""
    url: str = ""
    is_next: bool = False


def first_steps(principal: Principal, summary: Summary) -> list[Step]:
    """Return the way to the first marked copy; empty for those who have been there."""
    if summary.month.documents.used or any(
        job.state == Job.State.SUCCEEDED for job in summary.jobs
    ):
        return []
    newest = summary.documents[0] if summary.documents else None
    steps = [
        Step("Create your workspace", "Only its members see what is in it.", True),
        Step(
            "Upload a PDF",
            "However large it is; your original stays as it is.",
            newest is not None,
            "Upload",
            reverse("documents:upload"),
        ),
        Step(
            "Mark it",
            "Say what the mark reads, and watch it being put on every page.",
            False,
            "Mark",
            reverse("documents:watermark", args=[newest.id]) if newest else "",
        ),
        Step(
            "Let a program do it",
            "With an API key, every step here is one call.",
            APIKey.objects.visible_to(principal).exists(),
            "Make a key",
            reverse("accounts:api_keys"),
        ),
    ]
    way_on = next(step for step in steps if not step.done and step.url)
    return [replace(step, is_next=step is way_on) for step in steps]
