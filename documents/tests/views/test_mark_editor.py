"""The page of a mark: what it looks like and comes to, before anything is made."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from accounts.models import Tenant
from accounts.tests.cast import Person
from documents.models import Document, Job
from documents.tests import builders
from documents.tests.factories import make_document, make_pdf, make_preset
from documents.tests.views.reading import control, page
from documents.views.drafts import NO_PRESET
from documents.watermark.spec import WatermarkSpec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
MARK = {"watermark_text": "DRAFT", "font_size": "72", "opacity": "1", "color": "#ff0000"}


@pytest.fixture
def document(owner: Person) -> Document:
    return make_document(owner.tenant, content=make_pdf(3), page_count=3)


def send(person: Person, document: Document, name: str, **given: Any) -> Any:
    address = reverse(f"documents:{name}", args=[document.id])
    return person.client.post(address, MARK | given)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def is_red(picture: Image.Image) -> bool:
    colours = picture.getcolors(picture.width * picture.height)
    return any(r > 200 and g < 60 for _, (r, g, _) in colours)


def test_the_picture_has_the_mark_and_the_page_before_has_none(
    owner: Person, document: Document
) -> None:
    after = send(owner, document, "mark_picture")
    assert (after.status_code, after["Content-Type"]) == (200, "image/png")
    before = send(owner, document, "mark_picture", show="original")
    assert is_red(opened(after.content)) and not is_red(opened(before.content))
    assert not Job.objects.exists()


def test_the_page_named_is_drawn(owner: Person) -> None:
    document = make_document(owner.tenant, content=make_pdf(3), page_count=3)
    given = {"pages": "2", "shown_page": "1"}
    assert not is_red(opened(send(owner, document, "mark_picture", **given).content))
    assert is_red(opened(send(owner, document, "mark_picture", **given, turn="1").content))
    beyond = {"pages": "2", "shown_page": "99999999999999"}
    assert send(owner, document, "mark_picture", **beyond).status_code == 200


def test_bad_values_are_named_by_field(owner: Person, document: Document) -> None:
    answer = send(owner, document, "mark_picture", font_size="99", opacity="2")
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert errors["font_size"] == ["Enter a whole number from 8 to 72."]
    assert set(errors) == {"font_size", "opacity"}
    assert send(owner, document, "mark_facts", font_size="99").status_code == 422


def test_the_page_before_needs_no_mark(owner: Person, document: Document) -> None:
    answer = send(owner, document, "mark_picture", watermark_text="", show="original")
    assert answer.status_code == 200


def test_what_cannot_be_shown_says_why(owner: Person) -> None:
    locked = make_document(owner.tenant, content=builders.encrypted(user="secret"))
    answer = send(owner, locked, "mark_picture")
    assert answer.status_code == 422
    assert "password" in answer.json()["reason"]
    whole = send(owner, locked, "mark_preview")
    assert whole.status_code == 422
    assert "password" in whole.content.decode()


def test_facts_tell_cost_warnings_and_obstacles(owner: Person) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_pages=2)
    document = make_document(owner.tenant, content=make_pdf(3))
    html = send(owner, document, "mark_facts").content.decode()
    assert "Costs 3 pages of 2 left this month." in html
    assert "quota_exceeded" in html
    assert 'data-pages="3"' in html


def test_without_a_script_the_page_comes_with_the_picture(
    owner: Person, document: Document
) -> None:
    answer = send(owner, document, "mark_preview", shown_page="1", turn="1", position="top_left")
    assert answer.status_code == 200
    html = answer.content.decode()
    found = re.search(r'src="data:image/png;base64,([^"]+)"', html)
    assert found and is_red(opened(base64.b64decode(found[1])))
    assert 'value="2"' in control(html, "shown_page")
    assert '<option value="top_left" selected>' in html
    assert "Costs 3 pages." in html
    assert not Job.objects.exists()


def test_without_a_script_a_mistake_stands_beside_its_field(
    owner: Person, document: Document
) -> None:
    answer = send(owner, document, "mark_preview", font_size="99")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'aria-invalid="true"' in control(html, "font_size")
    assert "data:image" not in html


def test_enter_in_a_field_starts_nothing(owner: Person, document: Document) -> None:
    """Browsers press the first button of a form."""
    html = page(owner.client, "watermark", document.id)
    form = html[html.index("data-mark-editor") :]
    first = re.search(r"<button[^>]*>", form)
    assert first and reverse("documents:mark_preview", args=[document.id]) in first[0]


@pytest.mark.parametrize("name", ["mark_preview", "mark_picture", "mark_facts"])
def test_foreign_and_forbidden(
    owner: Person, viewer: Person, stranger: Person, document: Document, name: str
) -> None:
    assert send(stranger, document, name).status_code == 404
    assert send(viewer, document, name).status_code == 403
    assert owner.client.get(reverse(f"documents:{name}", args=[document.id])).status_code == 405


def test_a_preset_is_chosen(owner: Person, document: Document) -> None:
    assert 'form="start"' not in page(owner.client, "watermark", document.id)
    config = {"watermark_text": "HOUSE", "font_size": 9, "layers": [{"watermark_text": "L"}]}
    preset = make_preset(owner.tenant, name="House", config=config)
    html = page(owner.client, "watermark", document.id, preset=str(preset.id))
    assert "\nHOUSE</textarea>" in html
    assert f'<option value="{preset.id}" selected>House' in html
    send(owner, document, "watermark", preset=str(preset.id))
    assert [layer["watermark_text"] for layer in Job.objects.get().spec["layers"]] == ["L"]


def test_the_default_preset_counts_unless_none_is_chosen(owner: Person, document: Document) -> None:
    make_preset(owner.tenant, config={"watermark_text": "HOUSE"}, is_default=True)
    assert "\nHOUSE</textarea>" in page(owner.client, "watermark", document.id)
    html = page(owner.client, "watermark", document.id, preset=NO_PRESET)
    assert "HOUSE</textarea>" not in html


@pytest.mark.parametrize("named", ["nothing", "0" * 40, "theirs", "\0"])
def test_a_preset_that_is_not_there_counts_as_none_named(
    owner: Person, stranger: Person, document: Document, named: str
) -> None:
    theirs = make_preset(stranger.tenant, config={"watermark_text": "THEIRS"})
    named = str(theirs.id) if named == "theirs" else named
    assert "THEIRS" not in page(owner.client, "watermark", document.id, preset=named)
    assert send(owner, document, "watermark", preset=named).status_code == 302


def body_of(html: str) -> dict[str, Any]:
    found = re.search(r'data-copy="(curl [^"]+)"', html)
    assert found
    words = shlex.split(unescaped(found[1]).replace("\\\n", ""))
    return json.loads(words[words.index("-d") + 1])


def unescaped(text: str) -> str:
    return text.replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")


def test_programs_ask_for_the_same_mark(owner: Person, document: Document) -> None:
    """What they leave out is what the workspace would fill in; no text breaks out of quotes."""
    house = {"margin": 36, "opacity": 1.0}
    preset = make_preset(owner.tenant, config=house, is_default=True)
    text = 'It\'s "$(id)" $COUNTERMARK_URL `x` \\ é'
    html = send(owner, document, "mark_facts", watermark_text=text, margin="36").content.decode()
    assert "$COUNTERMARK_KEY" in html and "cm_live" not in html
    body = body_of(html)
    assert body == {"watermark_text": text, "font_size": 72, "color": "#ff0000"}

    send(owner, document, "watermark", watermark_text=text, margin="36")
    asked = {**house, **body}
    assert Job.objects.get().spec == WatermarkSpec.parse(asked).as_dict()
    none = send(owner, document, "mark_facts", preset=NO_PRESET).content.decode()
    assert body_of(none)["preset"] is None
    named = send(owner, document, "mark_facts", preset=str(preset.id)).content.decode()
    assert body_of(named)["preset"] == str(preset.id)
