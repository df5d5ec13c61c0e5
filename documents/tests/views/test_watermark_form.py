"""The form comes from the schema; its errors stand beside their fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.forms import described
from documents.models import Document, Job
from documents.tests.factories import make_document, make_job
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
        if name in ("tile", "output", "layers", "type", "asset"):
            continue  # the first one's fields stand beside the others; the others are for programs
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
    answer = post(owner, document, watermark_text="Top \ue123", font_size="12")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'aria-invalid="true"' in control(html, "watermark_text")
    assert "(U+E123)" in html
    assert not Job.objects.exists()


def test_every_option_can_be_set(owner: Person, document: Document) -> None:
    given = {
        "watermark_text": "two\r\nlines {{ page }}",
        "position": "tile",
        "font_family": "mono",
        "font_weight": "bold",
        "align": "left",
        "pages": "odd",
        "margin": "10mm",
        "offset_x": "5%",
        "scale": "2",
        "tile_gap_x": "20",
        "tile_gap_y": "",
        "tile_stagger": "false",
        "strength": "sealed",
        "active_content": "strip",
    }
    post(owner, document, **given)
    tile = {"gap_x": 20, "gap_y": None, "stagger": False}
    plain = {name: value for name, value in given.items() if not name.startswith("tile_")}
    expected = WatermarkSpec.parse(plain | {"tile": tile}, strings=True)
    assert Job.objects.get().spec == expected.as_dict()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("watermark_text", "{{ boss }}", "{{ boss }}"),
        ("watermark_text", "{{ copy.id }}", "no value for {{ copy.id }}"),
        ("pages", "1,two", "Part &#x27;two&#x27;"),
        ("margin", "30%", "0 to 25%"),
        ("tile_gap_y", "wide", "such as 10mm"),
        ("strength", "iron", "Choose one of the options."),
        ("tile_stagger", "perhaps", "Choose one of the options."),
    ],
)
def test_what_is_wrong_with_an_option_is_said_beside_it(
    owner: Person, document: Document, field: str, value: str, said: str
) -> None:
    answer = post(owner, document, **{"watermark_text": "x", field: value})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'aria-invalid="true"' in control(html, field)
    assert said in html[html.index(f'id="id_{field}_error"') :][:300]
    assert not Job.objects.exists()


def test_what_the_form_does_not_show_comes_from_the_workspace(
    owner: Person, document: Document
) -> None:
    layers = [{"watermark_text": "HOUSE"}]
    kept = {"layers": layers, "tile": {"gap_x": "5mm", "stagger": False}, "margin": 36}
    Tenant.objects.filter(pk=owner.tenant.pk).update(default_watermark=kept)
    html = page(owner.client, "watermark", document.id)
    assert 'value="5mm"' in control(html, "tile_gap_x")
    assert '<option value="false" selected>No</option>' in html
    post(owner, document, watermark_text="x")
    assert [layer["watermark_text"] for layer in Job.objects.get().spec["layers"]] == ["HOUSE"]


@pytest.mark.parametrize("kept", [{"layers": "no list"}, {"layers": [{}]}, {"tile": 3}])
def test_a_bad_mark_of_the_workspace_is_no_crash(
    owner: Person, document: Document, kept: dict[str, Any]
) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(default_watermark=kept)
    assert page(owner.client, "watermark", document.id)
    answer = post(owner, document, watermark_text="x")
    assert answer.status_code == (422 if "layers" in kept else 302)


def test_a_job_tells_its_mark_in_words(owner: Person, document: Document) -> None:
    layers = [{"watermark_text": "COPY"}]
    given = {"watermark_text": "x", "margin": 20, "offset_x": "5%", "tile": {"gap_x": 9}}
    spec = WatermarkSpec.parse(given | {"layers": layers, "pages": "odd"}).as_dict()
    job = make_job(document, spec=spec)
    facts = dict(described(job.spec))
    assert facts["Margin"] == "20 pt"
    assert facts["Offset to the right"] == "5%"
    assert facts["Gap between columns"] == "9 pt"
    assert facts["More layers"] == "“COPY”"
    assert facts["Pages"] == "odd"
    assert not {"Strength", "Font", "Stagger rows"} & facts.keys()
    assert "“COPY”" in page(owner.client, "job_detail", job.id)
