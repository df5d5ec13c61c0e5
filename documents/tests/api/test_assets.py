"""Assets: files of which marks are made, judged when they come and kept while they are needed."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import make_tenant
from config.database.reach import all_tenants
from documents.formats.asset_kinds import AssetFormat
from documents.models import Asset, Blob, Preset
from documents.services import assets as services
from documents.services.assets import AssetInUse, delete_asset, purge_assets
from documents.storage import BlobMissing, blob_store
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import (
    make_asset,
    make_document,
    make_job,
    make_pdf,
    make_picture,
    make_preset,
)
from documents.tests.watermark.text.test_fonts import built, saved

LIST = "/api/v1/assets/"


def sent(api, content, name="logo.png", **fields):
    return api.post(LIST, **handed_over(staged_file(content, name), **fields))


def refused(answer):
    return answer.status_code, answer.json()["type"]


def one(asset):
    return f"{LIST}{asset.id}/"


FILES = {
    AssetFormat.PNG: make_picture(),
    AssetFormat.JPG: make_picture(format="JPEG"),
    AssetFormat.PDF: make_pdf(size=(40, 20)),
    AssetFormat.TTF: saved(built("ABC")),
    AssetFormat.OTF: saved(built("ABC", compact=True)),
}


@pytest.mark.parametrize("format", list(AssetFormat))
def test_each_kind_is_known_by_its_bytes_and_kept(api, tenant, format):
    answer = sent(api, FILES[format], name="C:\\pictures\\mark.exe", name_="x")
    assert answer.status_code == 422  # no such field
    answer = sent(api, FILES[format], name="C:\\pictures\\mark.exe")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["format"], body["kind"]) == (format.value, format.kind.value)
    assert (body["name"], body["file_name"]) == ("mark", "mark.exe")
    is_font = format.kind == "font"
    assert (body["width"], body["height"]) == ((None, None) if is_font else (40, 20))
    assert body["font_name"] == ("Squares" if is_font else "")
    assert api.get(answer["Location"]).json() == body
    download = api.get(f"{answer['Location']}download/")
    assert b"".join(download.streaming_content) == FILES[format]
    assert download["Content-Type"] == format.media_type
    assert f"mark.exe.{format.value}" in download["Content-Disposition"]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"ttcf", b"%PD", b"text"])
def test_what_is_none_of_them_is_refused(api, content):
    assert refused(sent(api, content)) == (415, "unsupported_format")
    assert not Asset.objects.exists()


TOO_MANY_PIXELS = make_picture(size=(6100, 6000))
UNUSABLE = {
    "cut off": (FILES[AssetFormat.PNG][:60], "unsupported_image"),
    "no pictures at all": (FILES[AssetFormat.JPG][:10], "unsupported_image"),
    "too many pixels": (TOO_MANY_PIXELS, "unsupported_image"),
    "two pages": (make_pdf(2), "unsupported_image"),
    "no page": (b"%PDF-1.7\nnothing", "unsupported_image"),
    "half a font": (FILES[AssetFormat.TTF][:300], "unsupported_text"),
    "forbidden font": (saved(built("ABC", rights=2)), "unsupported_text"),
    "font without letters": (saved(built("!")), "unsupported_text"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_no_mark_can_be_made_of_is_refused(api, case, blob_dir):
    content, type_ = UNUSABLE[case]
    answer = sent(api, content)
    assert refused(answer) == (422, "unusable_asset")
    assert [(each["loc"], each["type"]) for each in answer.json()["detail"]] == [
        (["body", "file"], type_)
    ]
    assert not Asset.objects.exists() and not list(blob_store().iter_ids())


def test_it_has_a_name(api):
    assert sent(api, FILES[AssetFormat.PNG], name="x.png").json()["name"] == "x"
    answer = api.post(LIST, **handed_over(staged_file(FILES[AssetFormat.PNG]), name=" Our logo "))
    assert answer.json()["name"] == "Our logo"
    answer = api.post(LIST, **handed_over(name="x"))
    assert answer.json()["detail"][0]["loc"] == ["body", "file"]
    assert refused(api.send_json(LIST, {"file": "x"})) == (415, "unsupported_media_type")


def test_there_is_room_for_so_many(api, tenant, monkeypatch):
    monkeypatch.setattr(services, "ASSETS_MAX", 1)
    asset = make_asset(tenant)
    make_asset(make_tenant())
    assert refused(sent(api, FILES[AssetFormat.PNG])) == (409, "too_many_assets")
    assert api.delete(one(asset)).status_code == 204
    assert sent(api, FILES[AssetFormat.PNG]).status_code == 201


def test_limits_tell_what_may_be_sent(api):
    assert api.get("/api/v1/limits/").json()["assets"] == {
        "count": services.ASSETS_MAX,
        "max_bytes": services.ASSET_MAX_BYTES,
        "formats": ["png", "jpg", "pdf", "ttf", "otf"],
    }


def test_the_list_is_searched_filtered_and_cut(api, tenant, stranger):
    make_asset(stranger.tenant, name="Their logo")
    logos = [make_asset(tenant, name=f"Logo {n}") for n in range(3)]
    font = make_asset(tenant, name="Font", format="ttf", content=FILES[AssetFormat.TTF])
    names = [each["name"] for each in api.get(LIST).json()["results"]]
    assert names == ["Font", "Logo 2", "Logo 1", "Logo 0"]
    first = api.get(f"{LIST}?limit=3").json()
    assert len(api.get(first["next"]).json()["results"]) == 1
    assert [each["id"] for each in api.get(f"{LIST}?kind=font").json()["results"]] == [str(font.id)]
    found = api.get(f"{LIST}?search=GO%201").json()["results"]
    assert [each["id"] for each in found] == [str(logos[1].id)]
    assert api.get(f"{LIST}?kind=movie").status_code == 422


def test_queries_do_not_grow(api, tenant, django_assert_num_queries):
    asset = make_asset(tenant)
    api.get(LIST)
    with CaptureQueriesContext(connection) as few:
        api.get(LIST)
    for _ in range(5):
        make_asset(tenant)
    with django_assert_num_queries(len(few)):
        api.get(LIST)
    with django_assert_num_queries(2):  # the key, the asset
        api.get(one(asset))
    for _ in range(5):
        make_preset(tenant)
    with CaptureQueriesContext(connection) as deletion:
        api.delete(one(asset))
    assert len(deletion) <= 12


def test_scopes(api_of, tenant):
    reader, writer = api_of(tenant, ["presets:read"]), api_of(tenant, ["presets:write"])
    asset = make_asset(tenant)
    assert reader.get(one(asset)).status_code == reader.get(LIST).status_code == 200
    assert writer.get(one(asset)).status_code == writer.get(LIST).status_code == 403
    assert reader.delete(one(asset)).status_code == 403
    assert sent(reader, FILES[AssetFormat.PNG]).status_code == 403
    assert sent(writer, FILES[AssetFormat.PNG]).status_code == 201


def rename(api, asset, **more):
    sent = {name: more.pop(name) for name in ("name", "version") if name in more}
    return api.patch(one(asset), json.dumps(sent), content_type="application/json", **more)


def test_a_name_is_changed_by_who_has_seen_it(api, tenant):
    asset = make_asset(tenant)
    etag = api.get(one(asset))["ETag"]
    assert refused(rename(api, asset, name="Mine")) == (428, "precondition_required")
    answer = rename(api, asset, name=" Logo, in white ", HTTP_IF_MATCH=etag)
    assert (answer.json()["name"], answer.json()["version"]) == ("Logo, in white", 2)
    assert answer["ETag"] == api.get(one(asset))["ETag"] == '"2"'
    for late in ({"HTTP_IF_MATCH": etag}, {"version": 1}):
        assert refused(rename(api, asset, name="Late", **late)) == (412, "precondition_failed")
    assert rename(api, asset, name="Last", version=2).json()["name"] == "Last"
    assert api.get(one(asset), HTTP_IF_NONE_MATCH='"3"').status_code == 304
    assert api.get(LIST).json()["results"][0]["name"] == "Last"


def test_bad_names_and_others_assets(api, tenant, api_of):
    asset = make_asset(tenant)
    for name in (" ", "x" * 256, 7, None):
        assert rename(api, asset, name=name, version=1).status_code == 422
    reader = api_of(tenant, ["presets:read"])
    assert rename(reader, asset, name="Mine", version=1).status_code == 403
    foreign = make_asset(make_tenant())
    assert rename(api, foreign, name="Mine", version=7).status_code == 404


def test_a_second_click_makes_one(api):
    sends = [staged_file(FILES[AssetFormat.PNG]) for _ in range(2)]
    answers = [api.post(LIST, **handed_over(each), HTTP_IDEMPOTENCY_KEY="once") for each in sends]
    assert answers[0].json() == answers[1].json()
    assert Asset.objects.count() == 1


# --- Deleting ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_deleted_one_is_gone_with_its_bytes(api, tenant):
    asset = make_asset(tenant)
    assert api.delete(one(asset)).status_code == 204
    assert refused(api.get(one(asset))) == refused(api.delete(one(asset))) == (404, "not_found")
    with all_tenants():
        assert not Blob.objects.filter(pk=asset.blob_id).exists()
    with pytest.raises(BlobMissing):
        blob_store().size(asset.blob_id)


@pytest.mark.parametrize("field", ["asset", "font_family", "layers"])
def test_what_a_preset_uses_stays(api, tenant, field):
    asset = make_asset(tenant)
    value = [{"type": "image", "asset": str(asset.id)}] if field == "layers" else str(asset.id)
    preset = make_preset(tenant, name="Branded", config={field: value})
    answer = api.delete(one(asset))
    assert refused(answer) == (409, "asset_in_use")
    assert "Branded" in answer.content.decode()
    Preset.objects.filter(pk=preset.pk).delete()
    assert api.delete(one(asset)).status_code == 204


def test_what_the_default_mark_uses_stays(api, tenant):
    asset = make_asset(tenant)
    tenant.default_watermark = {"type": "image", "asset": str(asset.id)}
    tenant.save()
    assert refused(api.delete(one(asset))) == (409, "asset_in_use")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["queued", "running"])
def test_bytes_stay_for_the_jobs_that_need_them(api, tenant, state):
    asset, other = make_asset(tenant), make_asset(tenant)
    job = make_job(make_document(tenant), state=state, asset_ids=[asset.pk])
    assert api.delete(one(asset)).status_code == api.delete(one(other)).status_code == 204
    with all_tenants():
        assert purge_assets() == 0
        assert blob_store().size(asset.blob_id)
        job.delete()
        assert purge_assets() == 1
        assert purge_assets() == 0
    with pytest.raises(BlobMissing):
        blob_store().size(asset.blob_id)


@pytest.mark.django_db(transaction=True)
def test_of_two_deletions_at_once_one_finds_it(member):
    asset = make_asset(member.tenant)
    outcomes = []

    def delete():
        try:
            with all_tenants():
                delete_asset(principal=member.principal, asset_id=asset.pk)
            outcomes.append("deleted")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=delete) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AssetMissing", "deleted"]


def test_many_presets_are_looked_through(member):
    asset = make_asset(member.tenant)
    make_preset(member.tenant, config={"watermark_text": str(asset.id)})  # no field for assets
    make_preset(member.tenant, config={"layers": [{"font_family": str(asset.id)}]})
    with pytest.raises(AssetInUse):
        delete_asset(principal=member.principal, asset_id=asset.pk)
