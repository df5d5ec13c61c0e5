"""Asking for a mark: on a stored document, and together with an upload."""

from __future__ import annotations

import json

import pytest

from config.tests.conformance import openapi, schema_errors
from documents.models import Document, Job
from documents.storage import blob_store
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document
from documents.watermark.spec import WatermarkSpec

UPLOAD = "/api/v1/watermark/"


@pytest.fixture
def path(tenant):
    return f"/api/v1/documents/{make_document(tenant).id}/watermark/"


def named(answer):
    assert answer.status_code == 422, answer.content
    return {(".".join(each["loc"]), each["type"]) for each in answer.json()["detail"]}


def test_json_is_taken(api, path):
    answer = api.send_json(path, {"watermark_text": "  Secret ", "position": "CENTER"})

    assert answer.status_code == 202
    body = answer.json()
    assert body["config"] == WatermarkSpec(watermark_text="Secret").as_dict()
    assert answer["Location"] == f"/api/v1/jobs/{body['id']}/"
    assert int(answer["Retry-After"]) >= 1
    assert api.get(answer["Location"]).json()["id"] == body["id"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_are_taken(api, path, kind):
    fields = {"watermark_text": "Secret", "opacity": "0.5", "font_size": "20", "rotation": ""}
    if kind == "multipart/form-data":
        answer = api.post(path, fields)
    else:
        encoded = "watermark_text=Secret&opacity=0.5&font_size=20&rotation="
        answer = api.post(path, encoded, content_type=kind)
    expected = WatermarkSpec(watermark_text="Secret", opacity=0.5, font_size=20)
    assert answer.json()["config"] == expected.as_dict()


def test_the_workspace_has_a_say_where_the_request_is_silent(api, tenant, path):
    tenant.default_watermark = {"watermark_text": "House", "opacity": 0.9, "unknown": 1}
    tenant.save()
    config = api.send_json(path, {"opacity": 0.1}).json()["config"]
    assert config == WatermarkSpec(watermark_text="House", opacity=0.1).as_dict()


def test_every_bad_field_is_named_at_once(api, path):
    answer = api.send_json(path, {"opacity": 2, "font_size": 12.5, "position": "x", "colour": ""})
    assert named(answer) == {
        ("body.watermark_text", "missing"),
        ("body.opacity", "less_than_equal"),
        ("body.font_size", "int_from_float"),
        ("body.position", "enum"),
        ("body.colour", "extra_forbidden"),
    }
    assert not Job.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null"])
def test_only_an_object_is_a_configuration(api, path, body):
    assert named(api.send_json(path, body)) == {("body", "dict_type")}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"watermark_text": "x", "opacity": NaN}',
        b'{"opacity": Infinity}',
        b'{"watermark_text": "\xff"}',
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_what_is_no_json_is_no_crash(api, path, body):
    answer = api.send_json(path, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed_json")


@pytest.mark.parametrize("content_type", ["application/pdf", "text/plain", ""])
def test_other_kinds_of_body_are_refused(api, path, content_type):
    answer = api.post(path, b"x", content_type=content_type)
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported_media_type")


def test_a_broken_form_is_refused(api, path):
    answer = api.post(path, b"--x\r\n", content_type="multipart/form-data; boundary=")
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed_form")


def test_a_file_at_the_wrong_address_is_refused(api, path):
    form = (
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n%PDF\r\n--x--\r\n"
    )
    answer = api.post(path, form, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported_media_type")


def test_a_field_is_given_once(api, path):
    fields = {"watermark_text": ["One", "Two"], "opacity": ["0.5", "0.5"]}
    repeated = {("body.watermark_text", "repeated_field"), ("body.opacity", "repeated_field")}
    assert named(api.post(path, fields)) == repeated
    answer = api.post(UPLOAD, **handed_over(staged_file(), title=["a", "b"], **fields))
    assert named(answer) == repeated | {("body.title", "repeated_field")}
    answer = api.post("/api/v1/documents/", **handed_over(staged_file(), title=["a", "b"]))
    assert named(answer) == {("body.title", "repeated_field")}
    assert named(api.get("/api/v1/jobs/?limit=1&limit=2")) == {("query.limit", "repeated_field")}
    assert not Document.objects.exclude(id=path.split("/")[4]).exists()


def test_a_query_is_not_ignored(api, path):
    answer = api.send_json(f"{path}?opacity=0.5", {"watermark_text": "x"})
    assert named(answer) == {("query.opacity", "extra_forbidden")}


@pytest.mark.parametrize(
    "fields",
    [
        {"config": json.dumps({"watermark_text": "Secret", "opacity": 0.5})},
        {"watermark_text": "Secret", "opacity": "0.5"},
        {
            "config": json.dumps({"watermark_text": "All", "opacity": 0.5}),
            "watermark_text": "Secret",
        },
    ],
    ids=["part", "flat", "both"],
)
def test_an_upload_is_stored_and_queued(api, fields):
    answer = api.post(UPLOAD, **handed_over(staged_file(), title=" Offer ", **fields))

    assert answer.status_code == 202
    job = Job.objects.select_related("document__blob").get()
    assert answer["Location"] == f"/api/v1/jobs/{job.id}/"
    assert job.document.title == "Offer"
    assert job.spec == WatermarkSpec(watermark_text="Secret", opacity=0.5).as_dict()
    assert blob_store().size(job.document.blob_id) == job.document.blob.size_bytes


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({}, {("body.watermark_text", "missing")}),
        ({"config": "{}"}, {("body.config.watermark_text", "missing")}),
        ({"config": "{", "opacity": "0.5"}, {("body.config", "json_invalid")}),
        ({"config": "[]"}, {("body.config", "dict_type")}),
        (
            {"config": '{"opacity": "0.5", "x": 1}', "font_size": "7", "y": "1"},
            {
                ("body.config.watermark_text", "missing"),
                ("body.config.opacity", "float_type"),
                ("body.config.x", "extra_forbidden"),
                ("body.font_size", "greater_than_equal"),
                ("body.y", "extra_forbidden"),
            },
        ),
        (
            {"config": "{}", "watermark_text": " "},
            {
                ("body.config.watermark_text", "missing"),
                ("body.watermark_text", "string_too_short"),
            },
        ),
        (
            {"config": '{"watermark_text": "x"}', "watermark_text": "a\ue123"},
            {("body.watermark_text", "unsupported_text")},
        ),
        (
            {"watermark_text": "x", "opacity": "much", "title": "t" * 256},
            {("body.opacity", "float_parsing"), ("body.title", "string_too_long")},
        ),
    ],
)
def test_every_bad_part_of_an_upload_is_named(api, fields, problems):
    assert named(api.post(UPLOAD, **handed_over(staged_file(), **fields))) == problems
    without_file = api.post(UPLOAD, **handed_over(**fields))
    assert named(without_file) == problems | {("body.file", "missing")}
    assert not Document.objects.exists()


def test_both_scopes_are_needed_for_an_upload(api_of, tenant):
    for scopes in (["documents:write"], ["jobs:write"]):
        answer = api_of(tenant, scopes).post(UPLOAD, **handed_over(watermark_text="x"))
        assert (answer.status_code, answer.json()["type"]) == (403, "insufficient_scope")


def test_a_refused_file_leaves_no_job(api):
    answer = api.post(UPLOAD, **handed_over(staged_file(b"GIF89a\0"), watermark_text="x"))
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported_format")
    assert not Job.objects.exists()


def test_text_that_cannot_be_drawn_is_refused_before_any_work(api, path):
    characters = ["\ue123", "\ue124"]  # of private use: no font has them
    answer = api.send_json(path, {"watermark_text": "Top {{ page }} \ue123\ue124"})
    assert named(answer) == {("body.watermark_text", "unsupported_text")}
    (problem,) = answer.json()["detail"]
    assert problem["ctx"]["characters"] == characters
    assert all(sign in problem["msg"] for sign in problem["ctx"]["characters"])
    assert not Job.objects.exists()


OPTIONS = {
    "watermark_text": "Page {{ page }} of {{ pages }}\n{{ document.title }}, {{ org.name }}",
    "font_family": "serif",
    "font_weight": "bold",
    "align": "right",
    "scale": 1.5,
    "pages": "1,3-5,-1",
    "margin": "10mm",
    "offset_x": "-5%",
    "offset_y": 3.5,
    "tile": {"gap_x": "1cm", "gap_y": None, "stagger": False},
    "layers": [{"watermark_text": "{{ date }} {{ time }}", "position": "top_right"}],
    "strength": "sealed",
    "active_content": "strip",
}


def test_every_option_is_taken_as_json(api, path):
    config = api.send_json(path, OPTIONS).json()["config"]
    assert config == WatermarkSpec.parse(OPTIONS).as_dict()
    assert OPTIONS["tile"] == config["tile"]


@pytest.mark.parametrize("beside_a_part", [False, True])
def test_every_option_is_taken_as_flat_fields(api, beside_a_part):
    flat = {
        name: json.dumps(value) if isinstance(value, dict | list) else str(value)
        for name, value in OPTIONS.items()
    }
    part = {"config": json.dumps({"watermark_text": "All", "tile": {"gap_x": 1}})}
    fields = flat | (part if beside_a_part else {})
    answer = api.post(UPLOAD, **handed_over(staged_file(), **fields))
    assert answer.json()["config"] == WatermarkSpec.parse(OPTIONS).as_dict()


def test_bad_fields_within_fields_are_named_with_their_place(api, path):
    given = {
        "watermark_text": "{{ nobody }}",
        "tile": {"gap_x": "wide"},
        "layers": [{"watermark_text": "ok"}, {"opacity": 2}],
        "pages": "1,x",
    }
    expected = {
        ("watermark_text", "unknown_variable"),
        ("tile.gap_x", "length_parsing"),
        ("layers.1.watermark_text", "missing"),
        ("layers.1.opacity", "less_than_equal"),
        ("pages", "page_selection"),
    }
    assert named(api.send_json(path, given)) == {(f"body.{at}", type_) for at, type_ in expected}
    flat = {name: json.dumps(value) for name, value in given.items() if not isinstance(value, str)}
    flat |= {"watermark_text": given["watermark_text"], "pages": given["pages"]}
    part = '{"watermark_text": "x"}'
    answer = api.post(UPLOAD, **handed_over(staged_file(), config=part, **flat))
    assert named(answer) == {(f"body.{at}", type_) for at, type_ in expected}


def test_a_part_is_valid_by_itself(api):
    part = json.dumps({"tile": {"gap_x": -1}, "layers": 3})
    answer = api.post(UPLOAD, **handed_over(staged_file(), config=part, tile="{}", layers="[]"))
    assert named(answer) == {
        ("body.config.watermark_text", "missing"),
        ("body.config.tile.gap_x", "greater_than_equal"),
        ("body.config.layers", "list_type"),
    }


def test_a_field_left_empty_counts_as_not_sent(api, path):
    described = openapi()["components"]["schemas"]["WatermarkForm"]["properties"]
    assert all(schema_errors(described[name], " ") == [] for name in ("pages", "color", "margin"))
    names = [name for name in WatermarkSpec.offered_rules() if name != "watermark_text"]
    answer = api.post(path, {"watermark_text": "x"} | dict.fromkeys(names, " "))
    assert answer.json()["config"] == WatermarkSpec(watermark_text="x").as_dict()


@pytest.mark.parametrize("name", ["recipient.name", "recipient.email", "copy.id"])
def test_nobody_receives_the_copy_of_a_plain_job(api, path, name):
    layer = {"watermark_text": f"for {{{{{name}}}}}"}
    answer = api.send_json(path, {"watermark_text": "\ue123 {{ page }}", "layers": [layer]})
    assert named(answer) == {
        ("body.watermark_text", "unsupported_text"),
        ("body.layers.0.watermark_text", "missing_variable"),
    }


def test_a_picture_has_no_text_and_is_no_path(api, path):
    given = {"watermark_text": "x", "type": "image", "asset": "/etc/passwd"}
    assert named(api.send_json(path, given)) == {("body.watermark_text", "extra_forbidden")}
    del given["watermark_text"]
    assert named(api.send_json(path, given)) == {("body.asset", "missing_asset")}


def test_the_workspaces_tile_and_layers_count_too(api, tenant, path):
    layers = [{"watermark_text": "House"}]
    tenant.default_watermark = {"layers": layers, "tile": {"gap_x": 9}, "type": "image"}
    tenant.save()
    config = api.send_json(path, {"watermark_text": "x"}).json()["config"]
    expected = WatermarkSpec.parse({"watermark_text": "x", "layers": layers, "tile": {"gap_x": 9}})
    assert config == expected.as_dict()
