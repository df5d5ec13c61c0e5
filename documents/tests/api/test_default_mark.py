"""The workspace's settings: its default mark, and the version that every change names."""

from __future__ import annotations

import json
import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from accounts.models import AuditEntry, Tenant
from accounts.services.tenants import change_tenant
from billing.services.caps import set_spend_cap
from config.database.reach import all_tenants
from documents.services.assets import AssetInUse, delete_asset
from documents.tests.factories import make_asset, make_document, make_preset

PATH = "/api/v1/organization/"
MARK = {"watermark_text": "House", "opacity": 0.6}


def patch(api, body, **headers):
    return api.patch(PATH, json.dumps(body), content_type="application/json", headers=headers)


def refused(answer):
    return answer.status_code, answer.json()["type"]


def named(answer):
    assert answer.status_code == 422, answer.content
    return {(".".join(each["loc"]), each["type"]) for each in answer.json()["detail"]}


@pytest.fixture
def marked(api, tenant):
    """Return what a mark that is asked for without a word is made of."""

    def ask(**given):
        return api.send_json(f"/api/v1/documents/{make_document(tenant).id}/watermark/", given)

    return ask


def test_the_default_mark_is_set_shown_and_used(api, marked):
    assert named(marked()) == {("body.watermark_text", "missing")}
    read = api.get(PATH)
    assert (read.json()["default_watermark"], read.json()["spend_cap"]) == ({}, None)
    given = {"watermark_text": " House ", "opacity": 0.6, "position": "CENTER"}
    answer = patch(api, {"default_watermark": given}, **{"If-Match": read["ETag"]})
    assert answer.status_code == 200, answer.content
    kept = {**MARK, "position": "center"}
    assert answer.json()["default_watermark"] == kept
    assert api.get(PATH).json() == answer.json()
    config = marked(font_size=20).json()["config"]
    assert {name: config[name] for name in kept} == kept
    assert config["font_size"] == 20
    assert AuditEntry.objects.get(action="tenant.changed").details["default_watermark"] == kept


def test_a_document_is_processed_with_the_default_mark(api, tenant):
    patch(api, {"default_watermark": MARK}, **{"If-Match": "*"})
    document = make_document(tenant)
    answer = api.send_json("/api/v1/process/", {"doc_id": str(document.id)})
    assert answer.status_code == 202
    config = api.get(f"/api/v1/jobs/{answer.json()['job_id']}/").json()["config"]
    assert {name: config[name] for name in MARK} == MARK


def test_a_preset_stands_above_it(api, marked, tenant):
    patch(api, {"default_watermark": MARK}, **{"If-Match": "*"})
    preset = make_preset(tenant, config={"opacity": 0.1})
    config = marked(preset=str(preset.id)).json()["config"]
    assert (config["watermark_text"], config["opacity"]) == ("House", 0.1)


def test_a_default_mark_is_taken_away(api, tenant, marked):
    Tenant.objects.update(default_watermark=MARK)
    answer = patch(api, {"default_watermark": {}}, **{"If-Match": "*"})
    assert answer.json()["default_watermark"] == {}
    assert named(marked()) == {("body.watermark_text", "missing")}


def test_all_mistakes_are_named_at_once(api, stranger):
    theirs = make_asset(stranger.tenant)
    mark = {"opacity": 7, "font_size": True, "colour": "x", "layers": [{"opacity": 2}]}
    answer = patch(api, {"name": "", "default_watermark": mark, "slug": "x"})
    assert named(answer) == {
        ("body.name", "string_too_short"),
        ("body.slug", "extra_forbidden"),
        ("body.default_watermark.opacity", "less_than_equal"),
        ("body.default_watermark.font_size", "int_type"),
        ("body.default_watermark.colour", "extra_forbidden"),
        ("body.default_watermark.layers.0.opacity", "less_than_equal"),
        ("body.default_watermark.layers.0.watermark_text", "missing"),
    }
    for value in ([], "x", 7):
        wrong = patch(api, {"default_watermark": value}, **{"If-Match": "*"})
        assert named(wrong) == {("body.default_watermark", "dict_type")}
    assert named(patch(api, {"default_watermark": None})) == {
        ("body.default_watermark", "none_forbidden")
    }
    for asset in (theirs.id, uuid.uuid4()):
        foreign = {"default_watermark": {"type": "image", "asset": str(asset)}}
        answer = patch(api, foreign, **{"If-Match": "*"})
        assert named(answer) == {("body.default_watermark.asset", "missing_asset")}


def test_a_change_names_the_version_it_is_meant_for(api):
    etag = api.get(PATH)["ETag"]
    assert api.get(PATH, headers={"If-None-Match": etag}).status_code == 304
    assert refused(patch(api, {"default_watermark": MARK})) == (428, "precondition_required")
    assert patch(api, {"retention_days": 14}).status_code == 200  # one number: the last one wins
    for late in (
        patch(api, {"default_watermark": MARK}, **{"If-Match": etag}),
        patch(api, {"retention_days": 3}, **{"If-Match": etag}),
        patch(api, {"name": "Late", "version": 1}),
    ):
        assert refused(late) == (412, "precondition_failed")
    body = api.get(PATH).json()
    assert (body["version"], body["retention_days"]) == (2, 14)
    now = patch(api, {"default_watermark": MARK, "version": 2})
    assert (now.json()["version"], now["ETag"]) == (3, '"3"')
    again = patch(api, {"default_watermark": MARK, "version": 3})
    assert again.json()["version"] == 3  # nothing is different


def test_what_others_change_is_another_version(api, owner):
    before = api.get(PATH)
    set_spend_cap(principal=owner.principal, cap=500)
    now = api.get(PATH)
    assert (now.json()["spend_cap"], now["ETag"]) == (500, '"2"')
    assert before["ETag"] == '"1"'
    stale = Tenant.objects.get(pk=owner.tenant.pk)
    Tenant.objects.filter(pk=stale.pk).update(name="Other")
    stale.max_pages = 7  # nothing that is shown, but the old name is written back
    stale.save()
    assert api.get(PATH)["ETag"] == '"4"'


@pytest.mark.django_db(transaction=True)
def test_what_a_default_mark_is_made_of_stays(owner):
    """Whoever deletes the file meanwhile waits, and then sees that it is used."""
    asset = make_asset(owner.tenant)
    outcomes = []

    def delete():
        try:
            with all_tenants():
                delete_asset(principal=owner.principal, asset_id=asset.pk)
            outcomes.append("deleted")
        except AssetInUse:
            outcomes.append("in use")
        finally:
            connection.close()

    other = threading.Thread(target=delete)
    with transaction.atomic():
        mark = {"type": "image", "asset": str(asset.pk)}
        change_tenant(principal=owner.principal, default_watermark=mark)
        other.start()
        _until_somebody_waits()
    other.join()
    assert outcomes == ["in use"]


def _until_somebody_waits():
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")
