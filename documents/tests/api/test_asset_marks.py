"""Marks made of a tenant's own pictures, pages and fonts: asked for, previewed, drawn by jobs."""

from __future__ import annotations

import io
import re
import uuid

import pypdfium2
import pytest
from PIL import Image

from config.database.reach import all_tenants
from config.tests.conformance import openapi
from documents.models import Asset, Job
from documents.processing.run import process
from documents.services.asset_names import AssetDeleted
from documents.services.assets import purge_assets
from documents.services.jobs import retry_job
from documents.storage import blob_store
from documents.tests.factories import (
    make_asset,
    make_batch,
    make_document,
    make_job,
    make_pdf,
    make_picture,
    make_preset,
)
from documents.tests.watermark.text.test_fonts import built, saved

RED = (255, 0, 0)
LOGO = {"opacity": 1, "position": "center"}


def blue_page():
    """Return a page of 40 by 20 points, all of it blue."""
    page = io.BytesIO()
    Image.new("RGB", (40, 20), "blue").save(page, "PDF", resolution=72)
    return page.getvalue()


def square_font(tenant):
    return make_asset(tenant, format="ttf", content=saved(built("ABC")))


def asked(api, document, **mark):
    return api.send_json(f"/api/v1/documents/{document.id}/watermark/", mark)


def job_of(answer):
    assert answer.status_code == 202, answer.content
    return Job.objects.get(pk=answer.json()["id"])


def done(job):
    after = process(job.pk)
    assert after.state == "succeeded", (after.error_code, after.error_message)
    with blob_store().local_file(after.result_id) as path:
        return path.read_bytes()


def middle(copy):
    """Return the colour in the middle of the first page."""
    with pypdfium2.PdfDocument(copy) as document:
        picture = document[0].render().to_pil().convert("RGB")
    return picture.getpixel((picture.width // 2, picture.height // 2))


def named(answer):
    assert answer.status_code == 422, answer.content
    return {(".".join(each["loc"]), each["type"]) for each in answer.json()["detail"]}


def test_a_logo_and_a_page_are_drawn(api, tenant):
    document = make_document(tenant)
    logo = make_asset(tenant)
    page = make_asset(tenant, format="pdf", content=blue_page())
    job = job_of(asked(api, document, type="image", asset=str(logo.id), **LOGO))
    assert job.asset_ids == [logo.id]
    assert middle(done(job)) == RED
    job = job_of(asked(api, document, type="pdf", asset=str(page.id), **LOGO))
    red, green, blue = middle(done(job))
    assert (red, green) == (0, 0) and blue > 250  # drawn by way of a JPEG


def test_layers_are_made_of_their_own(api, tenant):
    logo, font = make_asset(tenant), square_font(tenant)
    layer = {"type": "image", "asset": str(logo.id), **LOGO}
    job = job_of(
        asked(
            api,
            make_document(tenant),
            watermark_text="ABC",
            font_family=str(font.id).upper(),
            layers=[layer],
            position="top_left",
        )
    )
    assert sorted(job.asset_ids) == sorted([logo.id, font.id])
    copy = done(job)
    assert b"+Squares" in copy
    assert middle(copy) == RED


def test_a_picture_is_marked_with_a_picture(api, tenant):
    content = make_picture("white", size=(400, 400))
    document = make_document(tenant, content=content, format="png", content_type="image/png")
    job = job_of(asked(api, document, type="image", asset=str(make_asset(tenant).id), **LOGO))
    assert middle(done(job)) == RED


def test_it_is_previewed_and_rehearsed(api, tenant):
    document, logo = make_document(tenant), make_asset(tenant)
    mark = {"document_id": str(document.id), "type": "image", "asset": str(logo.id), **LOGO}
    answer = api.send_json("/api/v1/watermark/preview/", {**mark, "width": 200})
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == RED
    answer = api.send_json("/api/v1/watermark/validate/", mark)
    assert answer.json()["ok"] is True, answer.content


def test_what_is_not_there_is_told_alike(api, tenant, stranger):
    document = make_document(tenant)
    gone = make_asset(tenant)
    assert api.delete(f"/api/v1/assets/{gone.id}/").status_code == 204
    foreign = make_asset(stranger.tenant)
    answers = set()
    for asset_id in (foreign.id, gone.id, uuid.uuid4()):
        answer = asked(api, document, type="image", asset=str(asset_id))
        assert named(answer) == {("body.asset", "missing_asset")}
        answers.add(answer.content.replace(answer["X-Request-ID"].encode(), b""))
        answer = asked(api, document, watermark_text="x", font_family=str(asset_id))
        assert named(answer) == {("body.font_family", "missing_asset")}
        layers = [{"type": "pdf", "asset": str(asset_id)}]
        answer = asked(api, document, watermark_text="x", layers=layers)
        assert named(answer) == {("body.layers.0.asset", "missing_asset")}
        answer = api.send_json("/api/v1/presets/", {"name": "x", "config": {"layers": layers}})
        assert named(answer) == {("body.config.layers.0.asset", "missing_asset")}
    assert len(answers) == 1
    assert not Job.objects.exists()


def test_each_kind_has_its_use(api, tenant):
    document, logo, font = make_document(tenant), make_asset(tenant), square_font(tenant)
    answer = asked(api, document, type="pdf", asset=str(logo.id), font_family=str(logo.id))
    assert named(answer) == {("body.asset", "asset_kind"), ("body.font_family", "asset_kind")}
    answer = asked(api, document, type="image", asset=str(font.id))
    assert named(answer) == {("body.asset", "asset_kind")}
    assert named(asked(api, document, type="image")) == {("body.asset", "missing")}


def test_what_is_inherited_gives_way_to_another_type(api, tenant):
    document, logo = make_document(tenant), make_asset(tenant)
    image = {"type": "image", "asset": str(logo.id), "opacity": 1.0}
    preset = make_preset(tenant, config=image)
    tenant.default_watermark = {"watermark_text": "House", "font_size": 20}
    tenant.save()
    config = asked(api, document, preset=str(preset.id)).json()["config"]
    assert (config["asset"], config["font_size"]) == (str(logo.id), 20)
    assert "watermark_text" not in config
    config = asked(api, document, preset=str(preset.id), watermark_text="x").json()["config"]
    assert (config["watermark_text"], config["opacity"]) == ("x", 1.0)
    assert not {"type", "asset"} & config.keys()
    tenant.default_watermark = image
    tenant.save()
    assert asked(api, document).json()["config"]["asset"] == str(logo.id)
    config = asked(api, document, watermark_text="x").json()["config"]
    assert "asset" not in config


def test_a_preset_keeps_a_picture(api, tenant):
    config = {"type": "image", "asset": str(make_asset(tenant).id)}
    answer = api.send_json("/api/v1/presets/", {"name": "Branded", "config": config})
    assert answer.status_code == 201, answer.content
    assert answer.json()["config"] == config


def test_text_alone_asks_for_no_assets(api, tenant, django_assert_num_queries):
    document = make_document(tenant)
    mark = {"watermark_text": "x"}
    asked(api, document, **mark)
    font = square_font(tenant)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as plain:
        asked(api, document, **mark)
    layers = [{"watermark_text": "ABC", "font_family": str(font.id)}] * 9
    with django_assert_num_queries(len(plain) + 2):  # whether they are there, and held
        asked(api, document, **mark, layers=layers)
    assert not any("asset" in each["sql"] and "FOR SHARE" in each["sql"] for each in plain)


@pytest.mark.parametrize("name", ["MarkRequest", "WatermarkConfig", "WatermarkForm"])
def test_the_document_says_what_an_asset_is_called(name):
    """An id, and not a text that happens to fit."""
    fields = openapi()["components"]["schemas"][name]["properties"]
    asset, font = fields["asset"], fields["font_family"]
    uuid.UUID(asset["examples"][0])
    assert asset.get("format") == "uuid" or re.fullmatch(asset["pattern"], asset["examples"][0])
    assert font["examples"][0] == "sans" and font["anyOf"][1]["format"] == "uuid"


def test_an_id_is_written_as_one(api, tenant):
    logo = make_asset(tenant)
    scattered = str(logo.id).replace("-", "", 1)[:7] + "-" + str(logo.id).replace("-", "", 1)[7:]
    answer = asked(api, make_document(tenant), type="image", asset=scattered)
    assert answer.json()["detail"][0]["type"] == "missing_asset"


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waits_is_done_with_what_was_deleted(api, tenant):
    logo = make_asset(tenant)
    job = job_of(asked(api, make_document(tenant), type="image", asset=str(logo.id), **LOGO))
    assert api.delete(f"/api/v1/assets/{logo.id}/").status_code == 204
    with all_tenants():
        assert purge_assets() == 0
        assert middle(done(job)) == RED
        assert purge_assets() == 1
        assert Asset.objects.get(pk=logo.pk).blob_id is None


def test_what_is_gone_is_not_tried_again(api, member):
    logo = make_asset(member.tenant)
    spec = {"type": "image", "asset": str(logo.id)}
    job = make_job(make_document(member.tenant), state="failed", spec=spec)
    batch = make_batch(member.tenant, state="open", spec=spec)
    assert api.delete(f"/api/v1/assets/{logo.id}/").status_code == 204
    with pytest.raises(AssetDeleted):
        retry_job(principal=member.principal, job=job)
    answer = api.post(f"/api/v1/batches/{batch.id}/start/")
    assert (answer.status_code, answer.json()["type"]) == (409, "asset_deleted")


def test_a_word_document_has_fonts_of_its_own(api, tenant):
    from documents.tests.formats.files import word

    document = make_document(tenant, content=word(), format="docx", content_type=DOCX)
    answer = asked(api, document, watermark_text="ABC", font_family=str(square_font(tenant).id))
    assert named(answer) == {("body.font_family", "unsupported_in_docx")}


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
assert make_pdf
