"""The pages of presets."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.tests.cast import Person
from accounts.tests.factories import make_member, signed_in
from documents.models import Preset
from documents.tests.factories import make_document, make_preset
from documents.tests.views.reading import control, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
MARK = {"watermark_text": "HOUSE", "position": "center", "font_size": "20", "opacity": "0.5"}


def send(person: Person, address: str, /, *args: Any, **given: Any) -> Any:
    return person.client.post(reverse(f"documents:{address}", args=args), given)


def test_a_preset_is_made_listed_and_used(owner: Person) -> None:
    assert "No presets yet" in page(owner.client, "preset_list")
    answer = send(owner, "preset_new", name=" House ", is_default="on", **MARK)
    assert answer["Location"] == reverse("documents:preset_list")
    preset = Preset.objects.get()
    assert (preset.name, preset.is_default) == ("House", True)
    assert (preset.config["watermark_text"], preset.config["font_size"]) == ("HOUSE", 20)
    assert "House" in page(owner.client, "preset_list")
    document = make_document(owner.tenant)
    assert "\nHOUSE</textarea>" in page(owner.client, "watermark", document.id)


def test_mistakes_stand_beside_their_fields(owner: Person) -> None:
    make_preset(owner.tenant, name="House")
    for given, field in (({"name": "house"}, "name"), ({"font_size": "99"}, "font_size")):
        answer = send(owner, "preset_new", **{"name": "New", **MARK, **given})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in control(answer.content.decode(), field)
    assert Preset.objects.count() == 1


def test_the_mark_on_a_documents_page_is_kept(owner: Person) -> None:
    document = make_document(owner.tenant)
    answer = send(owner, "preset_new", **MARK, **{"from": str(document.id)})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "\nHOUSE</textarea>" in html
    assert 'value="20"' in control(html, "font_size")
    assert "aria-invalid" not in html
    named = send(owner, "preset_new", name="Kept", **MARK, **{"from": str(document.id)})
    back = reverse("documents:watermark", args=[document.id])
    assert named["Location"] == f"{back}?preset={Preset.objects.get().pk}"


def test_a_foreign_document_is_no_way_back(owner: Person, stranger: Person) -> None:
    theirs = make_document(stranger.tenant)
    answer = send(owner, "preset_new", name="Kept", **MARK, **{"from": str(theirs.id)})
    assert answer["Location"] == reverse("documents:preset_list")


def test_changing_leaves_open_what_was_open(owner: Person) -> None:
    preset = make_preset(owner.tenant, config={"watermark_text": "OLD", "margin": 20})
    given = {**MARK, "font_size": "12", "opacity": "0.3", "margin": "20", "color": "#ff0000"}
    answer = send(owner, "preset", preset.id, name="New", version="1", **given)
    assert answer.status_code == 302
    preset.refresh_from_db()
    assert (preset.name, preset.version) == ("New", 2)
    assert preset.config == {"watermark_text": "HOUSE", "margin": 20, "color": "#ff0000"}


def test_who_is_late_sees_what_others_have_saved(owner: Person) -> None:
    preset = make_preset(owner.tenant, name="Theirs", config={"watermark_text": "THEIRS"})
    Preset.objects.filter(pk=preset.pk).update(version=2)
    answer = send(owner, "preset", preset.id, name="Mine", version="1", **MARK)
    html = answer.content.decode()
    assert answer.status_code == 412
    assert "THEIRS" in html and "\nHOUSE</textarea>" in html
    assert 'value="2"' in control(html, "version")
    Preset.objects.get(name="Theirs")
    again = send(owner, "preset", preset.id, name="Mine", version="2", **MARK)
    assert again.status_code == 302
    assert Preset.objects.get().name == "Mine"


def test_a_mistake_does_not_pass_for_having_seen_a_change(owner: Person) -> None:
    preset = make_preset(owner.tenant)
    Preset.objects.filter(pk=preset.pk).update(version=2)
    answer = send(owner, "preset", preset.id, name="", version="1", **MARK)
    assert answer.status_code == 422
    assert 'value="1"' in control(answer.content.decode(), "version")


def test_at_most_one_is_the_default(owner: Person) -> None:
    first = make_preset(owner.tenant, is_default=True)
    second = make_preset(owner.tenant)
    send(owner, "preset_default", second.id)
    assert list(Preset.objects.filter(is_default=True)) == [second]
    send(owner, "preset_default", second.id, default="no")
    assert not Preset.objects.filter(is_default=True).exists()
    assert first.pk


@pytest.mark.parametrize("version", ["2", "", "x", "9" * 30, "²"])
def test_only_what_was_seen_is_deleted(owner: Person, version: str) -> None:
    preset = make_preset(owner.tenant)
    late = send(owner, "preset_delete", preset.id, version=version)
    assert late["Location"] == reverse("documents:preset", args=[preset.id])
    assert Preset.objects.exists()
    send(owner, "preset_delete", preset.id, version="1")
    assert not Preset.objects.exists()


def test_viewers_look_but_do_not_touch(viewer: Person) -> None:
    preset = make_preset(viewer.tenant, name="House", config={"watermark_text": "SEEN"})
    assert "New preset" not in page(viewer.client, "preset_list")
    assert "Make default" not in page(viewer.client, "preset_list")
    html = page(viewer.client, "preset", preset.id)
    assert "SEEN" in html and "<textarea" not in html and "Delete" not in html
    for name in ("preset", "preset_default", "preset_delete"):
        assert send(viewer, name, preset.id, name="x", version="1", **MARK).status_code == 403
    assert send(viewer, "preset_new", name="x", **MARK).status_code == 403
    assert Preset.objects.get().version == 1


def test_foreign_presets_are_unknown(owner: Person, stranger: Person) -> None:
    theirs = make_preset(stranger.tenant, name="Not yours")
    assert "Not yours" not in page(owner.client, "preset_list")
    for name in ("preset", "preset_default", "preset_delete"):
        assert send(owner, name, theirs.id, name="x", version="1", **MARK).status_code == 404
    assert Preset.objects.get().version == 1


def test_who_pays_sees_no_presets(owner: Person) -> None:
    client = signed_in(make_member("billing", tenant=owner.tenant))
    assert reverse("documents:preset_list") not in page(client, "dashboard")
    assert client.get(reverse("documents:preset_list")).status_code == 403


def test_a_preset_of_a_picture_has_its_page(owner: Person) -> None:
    preset = make_preset(owner.tenant, config={"type": "image", "asset": str(owner.tenant.pk)})
    path = reverse("documents:preset", args=[preset.pk])
    assert owner.client.get(path).status_code == 200
    given = {"name": "Said", "watermark_text": "x", "version": 1}
    assert owner.client.post(path, given).status_code < 500
