"""Presets: settings under a name, changed only by who has seen them, and what they do to marks."""

from __future__ import annotations

import json
import threading
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.database.reach import all_tenants
from documents.models import Job, Preset
from documents.services import presets as services
from documents.services.presets import PresetChanged, change_preset, create_preset
from documents.services.specs import resolve_spec
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document, make_preset

LIST = "/api/v1/presets/"
CONFIG = {"watermark_text": "DRAFT", "opacity": 0.2}


def one(preset):
    return f"{LIST}{preset.id}/"


def made(api, **more):
    answer = api.send_json(LIST, {"name": "Drafts", "config": CONFIG, **more})
    assert answer.status_code == 201, answer.content
    return answer


def refused(answer):
    return answer.status_code, answer.json()["type"]


def named(answer):
    assert answer.status_code == 422, answer.content
    return {(".".join(each["loc"]), each["type"]) for each in answer.json()["detail"]}


def put(api, path, body, **headers):
    return api.put(path, json.dumps(body), content_type="application/json", **headers)


def patch(api, path, body, **headers):
    return api.patch(path, json.dumps(body), content_type="application/json", **headers)


def test_one_is_made_and_read(api):
    answer = made(api, name="  Drafts ", config={"watermark_text": " DRAFT ", "position": "TILE"})
    body = answer.json()
    assert body["name"] == "Drafts"
    assert body["config"] == {"watermark_text": "DRAFT", "position": "tile"}
    assert (body["version"], body["is_default"], answer["ETag"]) == (1, False, '"1"')
    read = api.get(answer["Location"])
    assert read.json() == body
    assert read["ETag"] == '"1"'
    assert api.get(answer["Location"], HTTP_IF_NONE_MATCH='"1"').status_code == 304
    assert refused(api.get(answer["Location"], HTTP_IF_MATCH='"7"')) == (412, "precondition_failed")


def test_every_bad_field_is_named_at_once(api):
    bad = {"watermark_text": "{{ recipient.name }}", "layers": [{"opacity": 3}], "colour": "red"}
    answer = api.send_json(LIST, {"name": " ", "config": bad, "is_default": 1, "x": 2})
    assert named(answer) == {
        ("body.name", "string_too_short"),
        ("body.is_default", "bool_parsing"),
        ("body.x", "extra_forbidden"),
        ("body.config.layers.0.watermark_text", "missing"),
        ("body.config.layers.0.opacity", "less_than_equal"),
        ("body.config.colour", "extra_forbidden"),
    }
    answer = api.send_json(LIST, {"name": "x", "config": {"watermark_text": "{{ copy.id }}"}})
    assert named(answer) == {("body.config.watermark_text", "missing_variable")}
    assert named(api.send_json(LIST, {"name": "x", "config": []})) == {("body.config", "dict_type")}
    assert named(api.send_json(LIST, {})) == {
        ("body.name", "missing"),
        ("body.config", "missing"),
    }


def test_names_are_taken_once_in_any_case(api, stranger):
    made(api)
    make_preset(stranger.tenant, name="Elsewhere")
    assert refused(api.send_json(LIST, {"name": "DRAFTS", "config": {}})) == (
        409,
        "preset_name_taken",
    )
    made(api, name="Elsewhere")


def test_there_is_room_for_so_many(api, monkeypatch):
    monkeypatch.setattr(services, "PRESETS_MAX", 1)
    made(api)
    assert refused(api.send_json(LIST, {"name": "x", "config": {}})) == (409, "too_many_presets")


def test_the_list_is_searched_and_cut_into_pages(api, tenant, stranger):
    make_preset(stranger.tenant, name="Their drafts")
    mine = [make_preset(tenant, name=f"Drafts {n}", is_default=n == 2) for n in range(3)]
    assert [each["name"] for each in api.get(LIST).json()["results"]] == [
        preset.name for preset in reversed(mine)
    ]
    first = api.get(f"{LIST}?limit=2").json()
    rest = api.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, rest)] == [2, 1]
    assert len(api.get(f"{LIST}?search=S%201").json()["results"]) == 1
    assert len(api.get(f"{LIST}?is_default=true").json()["results"]) == 1
    assert len(api.get(f"{LIST}?is_default=false").json()["results"]) == 2
    assert named(api.get(f"{LIST}?is_default=yes&name=x")) == {
        ("query.is_default", "bool_parsing"),
        ("query.name", "extra_forbidden"),
    }


# --- Versions ---------------------------------------------------------------------------------


def test_a_change_needs_to_know_what_it_changes(api, tenant):
    preset = make_preset(tenant)
    for answer in (
        put(api, one(preset), {"name": "x", "config": {}}),
        patch(api, one(preset), {"name": "x"}),
        api.delete(one(preset)),
    ):
        assert refused(answer) == (428, "precondition_required")


@pytest.mark.parametrize("etag", ['"1"', '"9", "1"', "*"])
def test_a_change_of_what_was_seen_is_made(api, tenant, etag):
    preset = make_preset(tenant)
    answer = patch(api, one(preset), {"name": "New"}, HTTP_IF_MATCH=etag)
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    body = answer.json()
    assert (body["name"], body["version"], body["config"]) == ("New", 2, preset.config)
    assert body["updated_at"] > body["created_at"]
    assert api.get(one(preset)).json() == body


@pytest.mark.parametrize("etag", ['"2"', 'W/"1"', '"x"', '""', "1", '"١"'])
def test_a_change_of_something_else_is_refused(api, tenant, etag):
    preset = make_preset(tenant)
    for answer in (
        put(api, one(preset), {"name": "x", "config": {}}, HTTP_IF_MATCH=etag),
        patch(api, one(preset), {"name": "x"}, HTTP_IF_MATCH=etag),
        api.delete(one(preset), HTTP_IF_MATCH=etag),
    ):
        assert refused(answer) == (412, "precondition_failed")
    assert api.get(one(preset)).json()["name"] == preset.name


def test_the_version_may_stand_in_the_body(api, tenant):
    preset = make_preset(tenant)
    assert refused(patch(api, one(preset), {"name": "x", "version": 2})) == (
        412,
        "precondition_failed",
    )
    whole = {"name": "x", "config": {"opacity": 1}, "version": 1}
    assert put(api, one(preset), whole).json()["config"] == {"opacity": 1.0}
    both = patch(api, one(preset), {"name": "y", "version": 1}, HTTP_IF_MATCH='"2"')
    assert refused(both) == (412, "precondition_failed")
    assert named(patch(api, one(preset), {"version": "2"})) == {("body.version", "int_parsing")}


def test_a_deleted_one_is_gone(api, tenant):
    preset = make_preset(tenant)
    assert api.delete(one(preset), HTTP_IF_MATCH='"1"').status_code == 204
    assert refused(api.get(one(preset))) == (404, "not_found")
    assert refused(api.delete(one(preset), HTTP_IF_MATCH="*")) == (404, "not_found")


def test_one_is_the_default_and_the_one_before_has_changed(api, tenant):
    before = make_preset(tenant, is_default=True)
    after = made(api, is_default=True).json()
    assert (
        api.get(one(before)).json() | {"is_default": False, "version": 2}
        == api.get(one(before)).json()
    )
    answer = patch(api, one(before), {"is_default": True}, HTTP_IF_MATCH='"2"')
    assert answer.json()["is_default"] is True
    assert api.get(f"{LIST}{after['id']}/").json()["version"] == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_changes_at_once_one_is_made(owner):
    preset = make_preset(owner.tenant)
    outcomes = []

    def change(name):
        try:
            changed = change_preset(
                principal=owner.principal,
                preset_id=preset.pk,
                changes={"name": name, "is_default": True},
                seen={1},
            )
            outcomes.append(changed.name)
        except PresetChanged:
            outcomes.append(None)
        finally:
            connection.close()

    run(*(lambda name=f"By {n}": change(name) for n in range(8)))
    (won,) = [name for name in outcomes if name]
    with all_tenants():
        kept = Preset.objects.get()
    assert (kept.name, kept.version, len(outcomes)) == (won, 2, 8)


@pytest.mark.django_db(transaction=True)
def test_of_many_defaults_at_once_one_stays(owner):
    def make(name):
        try:
            create_preset(principal=owner.principal, name=name, config={}, is_default=True)
        finally:
            connection.close()

    run(*(lambda name=f"By {n}": make(name) for n in range(8)))
    with all_tenants():
        assert Preset.objects.count() == 8
        assert Preset.objects.filter(is_default=True).count() == 1


def run(*calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- What they do -----------------------------------------------------------------------------


@pytest.fixture
def path(tenant):
    return f"/api/v1/documents/{make_document(tenant).id}/watermark/"


def test_config_resolves_from_request_to_system(api, tenant, path):
    tenant.default_watermark = {"watermark_text": "House", "opacity": 0.9, "color": "#111111"}
    tenant.save()
    preset = make_preset(tenant, config={"watermark_text": "Preset", "opacity": 0.8})
    config = api.send_json(path, {"preset": str(preset.id), "watermark_text": "Mine"}).json()[
        "config"
    ]
    kept = {name: config[name] for name in ("watermark_text", "opacity", "color", "font_size")}
    assert kept == {
        "watermark_text": "Mine",  # the request's
        "opacity": 0.8,  # the preset's
        "color": "#111111",  # the tenant's
        "font_size": 12,  # the system's
    }
    assert "preset" not in config


def test_the_default_preset_counts_where_none_is_named(api, tenant, path):
    make_preset(tenant, config={"watermark_text": "Default"}, is_default=True)
    other = make_preset(tenant, config={"opacity": 0.8})
    assert api.send_json(path, {}).json()["config"]["watermark_text"] == "Default"
    with_other = {"preset": str(other.id), "watermark_text": "x"}
    assert api.send_json(path, with_other).json()["config"]["opacity"] == 0.8
    answer = api.send_json(path, {"preset": None})
    assert named(answer) == {("body.watermark_text", "missing")}
    as_form = api.post(path, {"preset": ""})
    assert as_form.json()["config"]["watermark_text"] == "Default"


@pytest.mark.parametrize(
    "fields",
    [
        lambda preset: {"preset": f" {preset} "},
        lambda preset: {"config": json.dumps({"preset": preset})},
        lambda preset: {"config": json.dumps({"watermark_text": "DRAFT"}), "preset": preset},
        lambda preset: {"preset": preset, "watermark_text": ["DRAFT"], "opacity": "0.2"},
    ],
    ids=["field", "part", "beside the part", "with fields"],
)
def test_uploads_name_them_too(api, tenant, fields):
    preset = make_preset(tenant, config=CONFIG)
    answer = api.post("/api/v1/watermark/", **handed_over(staged_file(), **fields(str(preset.id))))
    assert answer.status_code == 202, answer.content
    assert CONFIG.items() <= answer.json()["config"].items()


def test_a_foreign_one_is_as_unknown(api, stranger, path):
    theirs = make_preset(stranger.tenant)
    answers = []
    for preset in (theirs.id, uuid.uuid4()):
        answer = api.send_json(path, {"watermark_text": "x", "preset": str(preset)})
        assert refused(answer) == (404, "not_found")
        answers.append(answer.json() | {"request_id": ""})
        fields = {"watermark_text": "x", "preset": str(preset)}
        upload = api.post("/api/v1/watermark/", **handed_over(staged_file(), **fields))
        assert refused(upload) == (404, "not_found")
    assert answers[0] == answers[1]
    assert not Job.objects.exists()


@pytest.mark.parametrize("preset", ["x", 5, True, [], {}])
def test_what_is_no_id_is_named_beside_the_rest(api, path, preset):
    answer = api.send_json(path, {"watermark_text": "x", "opacity": 2, "preset": preset})
    assert named(answer) == {
        ("body.preset", "uuid_parsing"),
        ("body.opacity", "less_than_equal"),
    }


def test_a_job_keeps_the_settings_of_a_changed_preset(api, tenant, path):
    preset = make_preset(tenant, config=CONFIG)
    job = api.send_json(path, {"preset": str(preset.id)}).json()
    api.delete(one(preset), HTTP_IF_MATCH="*")
    assert CONFIG.items() <= api.get(f"/api/v1/jobs/{job['id']}/").json()["config"].items()


def test_the_page_of_a_mark_begins_with_the_default_preset(owner, path):
    make_preset(owner.tenant, config={"watermark_text": "By default"}, is_default=True)
    page = owner.client.get(path.removeprefix("/api/v1")).content.decode()
    assert "By default" in page


# --- Who, and how many queries ----------------------------------------------------------------


def test_who_may_look_may_not_change(api_of, tenant):
    preset = make_preset(tenant)
    looks = api_of(tenant, scopes=["presets:read"])
    assert looks.get(one(preset)).status_code == 200
    assert refused(looks.send_json(LIST, {"name": "x", "config": {}})) == (
        403,
        "insufficient_scope",
    )


def test_the_number_of_queries_does_not_grow(api, tenant):
    make_preset(tenant)
    api.get(LIST)  # what is made once a process

    def queries(call):
        with CaptureQueriesContext(connection) as seen:
            assert call().status_code < 300
        return len(seen)

    few = queries(lambda: api.get(LIST))
    few_posts = queries(lambda: api.send_json(LIST, {"name": "a", "config": CONFIG}))
    for number in range(30):
        make_preset(tenant, name=f"Many {number}")
    assert queries(lambda: api.get(LIST)) == few
    assert queries(lambda: api.send_json(LIST, {"name": "b", "config": CONFIG})) == few_posts


def test_resolving_asks_once(tenant, django_assert_num_queries):
    preset = make_preset(tenant, config=CONFIG)
    with django_assert_num_queries(1):
        resolve_spec(tenant=tenant, overrides={"preset": str(preset.pk)})
    with django_assert_num_queries(0):
        resolve_spec(tenant=tenant, overrides={"preset": None, "watermark_text": "x"})


def test_what_is_as_it_would_be_anyway_is_kept_when_it_is_said(api):
    """The type of a text goes without saying in a job, but here it stands against a logo's."""
    config = {"type": "text", "watermark_text": "DRAFT", "output": {"format": None}}
    assert made(api, name="Said", config=config).json()["config"] == config
