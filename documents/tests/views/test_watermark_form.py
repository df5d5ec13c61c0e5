"""The form comes from the schema; its errors stand beside their fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.models import Document, Job
from documents.tests.factories import make_document
from documents.tests.views.reading import control, page
from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.rules import IntegerRule, NumberRule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


@pytest.fixture
def document(owner: Person) -> Document:
    return make_document(owner.tenant)


def post(person: Person, document: Document, **given: Any) -> Any:
    return person.client.post(reverse("documents:watermark", args=[document.id]), given)


def test_every_bound_comes_from_the_schema(owner: Person, document: Document) -> None:
    html = page(owner.client, "watermark", document.id)
    for name, rule in WatermarkSpec.offered_rules().items():
        if name in ("tile", "layers"):
            continue  # the first one's fields stand beside the others; layers are for programs
        tag = control(html, name)
        if isinstance(rule, IntegerRule | NumberRule):
            assert f'min="{rule.minimum:g}"' in tag
            assert f'max="{rule.maximum:g}"' in tag


def test_the_workspaces_own_mark_is_offered(owner: Person, document: Document) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(
        default_watermark={"watermark_text": "ACME ONLY", "font_size": 48}
    )
    html = page(owner.client, "watermark", document.id)
    assert f"{control(html, 'watermark_text')}\nACME ONLY</textarea>" in html
    assert 'value="48"' in control(html, "font_size")


def test_sending_it_starts_a_job(owner: Person, document: Document) -> None:
    answer = post(owner, document, watermark_text=" COPY ", font_size="48", opacity="1")
    job = Job.objects.get()
    assert answer["Location"] == reverse("documents:job_detail", args=[job.id])
    expected = WatermarkSpec(watermark_text="COPY", font_size=48, opacity=1.0)
    assert job.spec == expected.as_dict()
    assert job.request_id == answer["X-Request-ID"]


def test_all_errors_come_at_once_beside_their_fields(owner: Person, document: Document) -> None:
    answer = post(owner, document, watermark_text=" ", font_size="73", opacity="nan", margin="-1")
    assert answer.status_code == 422
    html = answer.content.decode()
    for name in ("watermark_text", "font_size", "opacity", "margin"):
        tag = control(html, name)
        assert 'aria-invalid="true"' in tag
        assert f"id_{name}_error" in tag
        assert f'id="id_{name}_error"' in html
    assert "Enter a whole number from 8 to 72." in html
    assert not Job.objects.exists()


def test_the_first_error_has_the_focus(owner: Person, document: Document) -> None:
    answer = post(owner, document, watermark_text="X", font_size="7", opacity="2")
    html = answer.content.decode()
    assert html.count("autofocus") == 1
    assert "autofocus" in control(html, "font_size")


def test_hidden_settings_open_for_their_errors(owner: Person, document: Document) -> None:
    closed = '<details class="cm-more">'
    assert closed in post(owner, document, watermark_text="").content.decode()
    answer = post(owner, document, watermark_text="X", margin="9999")
    assert closed not in answer.content.decode()


def test_text_that_cannot_be_drawn_is_said_beside_its_field(
    owner: Person, document: Document
) -> None:
    answer = post(owner, document, watermark_text="Top 机密", font_size="12")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'aria-invalid="true"' in control(html, "watermark_text")
    assert "机 (U+673A), 密 (U+5BC6)" in html
    assert not Job.objects.exists()
