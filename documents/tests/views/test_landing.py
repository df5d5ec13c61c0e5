"""The start page: prices as they are, and marks tried by whoever comes."""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as configured
from django.test import Client
from PIL import Image, ImageChops, ImageStat

from accounts.tests.cast import Person
from billing.models import Plan
from documents.api.looking_lane import _LOOKS
from documents.forms.trying import SHOWN_FIRST, TryForm
from documents.models import Blob, Document
from documents.services import trying
from documents.services.sample import sample_pdf
from documents.watermark.preview import preview
from documents.watermark.spec import WatermarkSpec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
FIRST_PICTURE = Path(configured.BASE_DIR) / "static/img/sample.webp"
MARK = {"watermark_text": "For Ada", "position": "center", "color": "#ff0000"}


@pytest.fixture
def visitor() -> Client:
    """Somebody from an address of their own, whose requests need no token."""
    address = f"2001:db8:{os.urandom(2).hex()}:{os.urandom(2).hex()}::1"
    return Client(enforce_csrf_checks=True, REMOTE_ADDR=address)


def is_red(content: bytes) -> bool:
    red, green, _ = Image.open(io.BytesIO(content)).convert("RGB").split()
    return bool(ImageChops.subtract(red, green).getextrema()[1] > 60)


def test_prices_are_those_of_the_database(visitor: Client, settings: Any) -> None:
    Plan.objects.filter(code="pro").update(monthly_price=2_345, is_offered=True)
    Plan.objects.filter(code="business").update(is_offered=False)
    html = visitor.get("/").content.decode()
    assert "23.45" in html
    assert 'id="plan-pro"' in html and 'id="plan-business"' not in html
    settings.DEFAULT_PLAN = "none"
    assert "plan-pro" not in visitor.get("/").content.decode()


def test_a_visitor_sees_their_mark_and_nothing_is_kept(visitor: Client, blob_dir: Path) -> None:
    client = redis.Redis.from_url(configured.REDIS_URL)
    looks = f"{configured.CHANNEL_PREFIX}.look*"
    before = set(client.scan_iter(looks))
    answer = visitor.post("/try/picture/", MARK)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == "private, no-store"
    assert is_red(answer.content)
    assert not answer.cookies
    assert not Document.objects.exists() and not Blob.objects.exists()
    assert [each for each in blob_dir.rglob("*") if each.is_file()] == []
    assert set(client.scan_iter(looks)) == before
    client.close()


def test_without_javascript_the_page_has_the_picture(visitor: Client) -> None:
    answer = visitor.post("/try/", MARK)
    html = answer.content.decode()
    assert answer.status_code == 200 and not answer.cookies
    found = re.search('src="data:image/png;base64,([^"]+)"', html)
    assert found and is_red(base64.b64decode(found[1]))
    assert 'value="For Ada"' in html
    assert visitor.get("/try/").url == "/"


def test_what_cannot_be_drawn_is_said(visitor: Client) -> None:
    for bad in ("", "x" * 101, "\U00012000", "{{recipient.name}}"):
        answer = visitor.post("/try/picture/", MARK | {"watermark_text": bad})
        assert answer.status_code == 422
        assert answer.json()["errors"]["watermark_text"]
    answer = visitor.post("/try/", MARK | {"watermark_text": ""})
    assert answer.status_code == 422
    assert "Enter 1 to 100 visible characters." in answer.content.decode()


def test_each_address_has_so_many_a_minute(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "PICTURES_A_MINUTE", 1)
    monkeypatch.setattr(trying, "draw_page", lambda **_: b"png")
    neighbour = visitor.defaults["REMOTE_ADDR"] + "234"  # of the same /64
    assert visitor.post("/try/picture/", MARK).status_code == 200
    for address in (visitor.defaults["REMOTE_ADDR"], neighbour):
        refused = visitor.post("/try/picture/", MARK, REMOTE_ADDR=address)
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert refused.json()["code"] == "rate_limited"
    page = visitor.post("/try/", MARK)
    assert page.status_code == 429 and "Please wait a moment" in page.content.decode()
    assert page["Retry-After"]
    assert visitor.post("/try/picture/", MARK, REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.usefixtures("no_valkey")
def test_where_nobody_can_count_nothing_is_drawn(visitor: Client) -> None:
    assert visitor.post("/try/picture/", MARK).status_code == 503
    assert visitor.post("/try/", MARK).status_code == 503
    assert visitor.get("/").status_code == 200


def test_visitors_draw_one_at_a_time(visitor: Client) -> None:
    with trying.PLACES.taken(trying.VISITORS):
        answer = visitor.post("/try/picture/", MARK)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_previews")


def test_who_is_signed_in_goes_on(owner: Person) -> None:
    assert owner.client.get("/").url == "/dashboard/"


def test_drawing_has_threads_of_its_own() -> None:
    assert _LOOKS.fullmatch("/try/") and _LOOKS.fullmatch("/try/picture/")
    assert not _LOOKS.fullmatch("/")


def test_the_form_shows_what_the_first_picture_has(tmp_path: Path) -> None:
    """Write the picture anew: ``WRITE_SAMPLE=1 pytest`` of this test."""
    assert {name: TryForm()[name].value() for name in TryForm.SHOWN} == {
        name: SHOWN_FIRST[name] for name in TryForm.SHOWN
    }
    path = tmp_path / "sample.pdf"
    path.write_bytes(sample_pdf())
    drawn = preview(path, WatermarkSpec.parse(SHOWN_FIRST), width=trying.WIDTH, format="webp")
    if os.environ.get("WRITE_SAMPLE"):
        FIRST_PICTURE.write_bytes(drawn)
    now, then = (Image.open(each).convert("L") for each in (io.BytesIO(drawn), FIRST_PICTURE))
    assert now.size == then.size
    assert ImageStat.Stat(ImageChops.difference(now, then)).mean[0] < 0.5
