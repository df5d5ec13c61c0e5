"""The pages of assets, and marks that are made of them on the other pages."""

from __future__ import annotations

import io
import re
import uuid
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image

from accounts.tests.cast import Person
from config.upload_form import UPLOAD_KEY, StagedForm
from documents.models import Asset, Batch, Job, Preset
from documents.services import assets as services
from documents.tests.api.staging import FORM, staged_file
from documents.tests.factories import (
    make_asset,
    make_document,
    make_pdf,
    make_picture,
    make_preset,
)
from documents.tests.views.reading import control, page
from documents.tests.watermark.text.test_fonts import built, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
FONT = saved(built("ABC"))
PLAIN = {"font_size": "40", "opacity": "1", "position": "center"}


def upload(person: Person, *files: Any, once: str = "", **fields: str) -> Any:
    given = {name: [value] for name, value in {"once": once, **fields}.items()}
    form = StagedForm(fields=given, files={"file": list(files)})
    extra: dict[str, Any] = {"content_type": FORM, UPLOAD_KEY: form}
    return person.client.post(reverse("documents:asset_list"), **extra)


def send(person: Person, name: str, /, *args: Any, **given: Any) -> Any:
    return person.client.post(reverse(f"documents:{name}", args=args), given)


def seen(answer: Any) -> Image.Image:
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def logo(name: str = "logo.png") -> Any:
    return staged_file(make_picture("blue"), name=name)


def test_a_file_is_kept_named_seen_and_deleted(owner: Person) -> None:
    assert "No files yet" in page(owner.client, "asset_list")
    answer = upload(owner, logo(), name=" Crest ")
    asset = Asset.objects.get()
    assert (asset.name, asset.kind) == ("Crest", "image")
    assert answer["Location"] == reverse("documents:asset", args=[asset.pk])
    assert "Crest" in page(owner.client, "asset_list")
    assert "Crest" not in page(owner.client, "asset_list", kind="font")
    assert send(owner, "asset", asset.pk, name="New crest").status_code == 302
    assert "New crest" in page(owner.client, "asset", asset.pk)
    assert send(owner, "asset_delete", asset.pk)["Location"] == reverse("documents:asset_list")
    assert not Asset.objects.visible_to(owner.principal).exists()


def test_a_second_click_keeps_one(owner: Person) -> None:
    once = str(uuid.uuid4())
    first, second = (upload(owner, logo(), once=once) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Asset.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a and more", "Send a picture"),
        (make_picture()[:40], "cannot be used"),
        (make_pdf(2), "has one page"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    owner: Person, content: bytes, said: str
) -> None:
    answer = upload(owner, staged_file(content, name="x.png"), name="Kept")
    html = answer.content.decode()
    assert 400 <= answer.status_code < 500
    assert said in html and 'value="Kept"' in control(html, "name")
    assert 'aria-invalid="true"' in control(html, "file")
    assert "Choose a file." in upload(owner).content.decode()
    assert not Asset.objects.exists()


def test_there_is_an_end_to_them(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.views.assets.ASSETS_MAX", 1)
    monkeypatch.setattr(services, "ASSETS_MAX", 1)
    make_asset(owner.tenant)
    assert "as many as there may be" in page(owner.client, "asset_list")
    assert upload(owner, logo()).status_code == 409


@pytest.mark.parametrize(("name", "status"), [("", 422), (" ", 422), ("x" * 256, 422)])
def test_names_are_checked(owner: Person, name: str, status: int) -> None:
    asset = make_asset(owner.tenant, name="Before")
    answer = send(owner, "asset", asset.pk, name=name)
    assert answer.status_code == status
    assert 'aria-invalid="true"' in control(answer.content.decode(), "name")
    asset.refresh_from_db()
    assert asset.name == "Before"


def test_every_kind_is_drawn_and_asked_for_again(owner: Person) -> None:
    for content, format in (
        (make_picture("blue"), "png"),
        (make_picture("blue", format="JPEG"), "jpg"),
        (make_pdf(), "pdf"),
        (FONT, "ttf"),
    ):
        asset = make_asset(owner.tenant, content=content, format=format)
        address = reverse("documents:asset_picture", args=[asset.pk])
        answer = owner.client.get(address)
        picture = seen(answer)
        assert picture.width == 320
        if format == "png":
            assert picture.getpixel((160, picture.height // 2)) == (0, 0, 255)
        if format == "ttf":
            assert min(picture.convert("L").getextrema()) < 60  # letters
        assert answer.content != content
        again = owner.client.get(address, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_what_is_used_is_not_deleted_and_says_by_what(owner: Person) -> None:
    asset = make_asset(owner.tenant)
    make_preset(owner.tenant, name="House", config={"type": "image", "asset": str(asset.pk)})
    html = page(owner.client, "asset", asset.pk)
    assert "House" in html and "Delete for good" not in html
    assert send(owner, "asset_delete", asset.pk)["Location"].endswith(f"{asset.pk}/")
    html = page(owner.client, "asset", asset.pk)
    assert "“House” uses this file" in html
    assert Asset.objects.visible_to(owner.principal).exists()


def test_viewers_look_but_do_not_touch(viewer: Person) -> None:
    asset = make_asset(viewer.tenant, name="Crest")
    for html in (page(viewer.client, "asset_list"), page(viewer.client, "asset", asset.pk)):
        assert "Crest" in html and "<form" not in html.partition("<main")[2]
    assert upload(viewer, logo()).status_code == 403
    assert send(viewer, "asset", asset.pk, name="Mine").status_code == 403
    assert send(viewer, "asset_delete", asset.pk).status_code == 403


def test_foreign_assets_are_unknown(owner: Person, stranger: Person) -> None:
    theirs = make_asset(stranger.tenant, name="Not yours")
    assert "Not yours" not in page(owner.client, "asset_list")
    for name in ("asset", "asset_picture", "asset_download"):
        address = reverse(f"documents:{name}", args=[theirs.pk])
        assert owner.client.get(address).status_code == 404
    assert send(owner, "asset", theirs.pk, name="Mine").status_code == 404
    assert send(owner, "asset_delete", theirs.pk).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.name, theirs.deleted_at) == ("Not yours", None)


def test_the_editor_offers_them_and_marks_with_them(owner: Person, stranger: Person) -> None:
    document = make_document(owner.tenant)
    assert 'name="asset"' not in page(owner.client, "watermark", document.pk)
    asset = make_asset(owner.tenant, name="Crest", content=make_picture("blue"))
    theirs = make_asset(stranger.tenant, name="Not yours")
    html = page(owner.client, "watermark", document.pk)
    assert "Crest" in html and "Not yours" not in html
    given = {**PLAIN, "asset": str(asset.pk), "scale": "0.5", "watermark_text": ""}
    picture = seen(send(owner, "mark_picture", document.pk, **given))
    assert picture.getpixel((450, picture.height // 2)) == (0, 0, 255)
    send(owner, "watermark", document.pk, **given)
    job = Job.objects.get()
    assert (job.spec["type"], job.spec["asset"]) == ("image", str(asset.pk))
    assert job.asset_ids == [asset.pk] and "watermark_text" not in job.spec
    for wrong in (theirs.pk, uuid.uuid4(), "nonsense"):
        answer = send(owner, "watermark", document.pk, **{**given, "asset": str(wrong)})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in control(answer.content.decode(), "asset")
    facts = send(owner, "mark_facts", document.pk, **given).content.decode()
    assert f"&quot;asset&quot;: &quot;{asset.pk}&quot;" in facts
    assert "watermark_text" not in facts


def test_own_fonts_are_offered(owner: Person, stranger: Person) -> None:
    document = make_document(owner.tenant)
    font = make_asset(owner.tenant, name="Grotesk", content=FONT, format="ttf")
    theirs = make_asset(stranger.tenant, content=FONT, format="ttf")
    html = page(owner.client, "watermark", document.pk)
    assert "Grotesk" in html and 'name="asset"' not in html
    given = {**PLAIN, "watermark_text": "Own", "font_family": str(font.pk)}
    assert send(owner, "watermark", document.pk, **given).status_code == 302
    assert Job.objects.get().spec["font_family"] == str(font.pk)
    wrong = send(owner, "watermark", document.pk, **{**given, "font_family": str(theirs.pk)})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in control(wrong.content.decode(), "font_family")


def test_a_preset_is_made_of_a_picture_saved_and_changed_to_text(owner: Person) -> None:
    asset = make_asset(owner.tenant, name="Crest")
    given = {**PLAIN, "name": "House", "asset": str(asset.pk), "watermark_text": ""}
    assert send(owner, "preset_new", **given).status_code == 302
    preset = Preset.objects.get()
    assert (preset.config["type"], preset.config["asset"]) == ("image", str(asset.pk))
    assert "watermark_text" not in preset.config
    html = page(owner.client, "preset", preset.pk)
    assert re.search(rf'<option value="{asset.pk}" selected>', html)
    same = send(owner, "preset", preset.pk, version="1", **{**given, "opacity": "0.5"})
    assert same.status_code == 302
    preset.refresh_from_db()
    assert (preset.config["asset"], preset.config["opacity"]) == (str(asset.pk), 0.5)
    words = {**given, "asset": "", "watermark_text": "WORDS"}
    assert send(owner, "preset", preset.pk, version="2", **words).status_code == 302
    preset.refresh_from_db()
    assert preset.config["watermark_text"] == "WORDS"
    assert not {"type", "asset"} & set(preset.config)


def test_a_preset_of_programs_keeps_what_it_left_open(owner: Person) -> None:
    asset = make_asset(owner.tenant)
    config = {"type": "image", "asset": str(asset.pk)}
    preset = make_preset(owner.tenant, name="Logo", config=config)
    given = {"name": "Logo", "version": "1", "asset": str(asset.pk), "watermark_text": ""}
    usual = {"font_size": "12", "opacity": "0.3", "position": "center", "color": "#808080"}
    assert send(owner, "preset", preset.pk, **given, **usual).status_code == 302
    preset.refresh_from_db()
    assert preset.config == config


def test_a_preset_of_a_file_that_is_gone_says_so(owner: Person) -> None:
    config = {"type": "image", "asset": str(uuid.uuid4())}
    preset = make_preset(owner.tenant, name="Old", config=config)
    html = page(owner.client, "preset", preset.pk)
    assert "A file that is gone" in html
    given = {**PLAIN, "name": "Old", "version": "1", "asset": config["asset"]}
    answer = send(owner, "preset", preset.pk, **given)
    assert answer.status_code == 422
    assert "There is no such file any more." in answer.content.decode()


def test_a_batch_is_made_of_a_picture(owner: Person) -> None:
    asset = make_asset(owner.tenant, name="Crest")
    ids = f"{make_document(owner.tenant).pk},"
    given = {**PLAIN, "documents": ids, "asset": str(asset.pk), "watermark_text": ""}
    assert "Ready to start?" in send(owner, "batch_check", **given).content.decode()
    assert send(owner, "batch_begin", **given).status_code == 302
    assert Batch.objects.get().spec["asset"] == str(asset.pk)
