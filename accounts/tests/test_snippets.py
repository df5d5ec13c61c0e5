"""The code on the page of API keys: five languages, this server's address, no more of the key."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.queries import keys_shown
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from accounts.views.snippets import PREFIX, first_call

pytestmark = pytest.mark.django_db
PAGE = "accounts:api_keys"
# How each interpreter reads a program without running it.
CHECKS = {
    "curl": ("bash", "-n", "first.sh"),
    "Python": (sys.executable, "-m", "py_compile", "first.py"),
    "JavaScript": ("node", "--check", "first.mjs"),
    "PHP": ("php", "-l", "first.php"),
    "Ruby": ("ruby", "-c", "first.rb"),
}


def shown(person: Person, **query: str) -> str:
    return html.unescape(person.client.get(reverse(PAGE), query).content.decode())


@pytest.mark.parametrize("language", CHECKS)
def test_each_program_is_one(language: str, tmp_path: Path, settings: Any) -> None:
    settings.PUBLIC_URL = "https://marks.example"
    code = first_call([]).samples[language]
    assert "https://marks.example/api/v1/watermark/" in code
    assert "COUNTERMARK_KEY" in code and "report.pdf" in code
    program, *words = CHECKS[language]
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    (tmp_path / words[-1]).write_text(code)
    done = subprocess.run((program, *words), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_page_has_a_choice_for_each_language(owner: Person) -> None:
    text = shown(owner)
    offered = re.findall('name="language" value="(.+?)"', text)
    assert offered == [*CHECKS] == [*first_call([]).samples]
    assert [each for each in offered if f'data-language="{each}"' not in text] == []
    assert f'COUNTERMARK_KEY="{PREFIX}"' in text


def test_the_newest_key_that_holds_is_shown_and_any_by_its_name(owner: Person) -> None:
    older, _ = make_api_key(owner.tenant, name="Older")
    newer, secret = make_api_key(owner.tenant, name="Newer")
    make_api_key(owner.tenant, name="Ended", expires_at=timezone.now() - timedelta(hours=1))
    make_api_key(name="Somebody else's")
    text = shown(owner)
    assert f'COUNTERMARK_KEY="{newer.display}"' in text
    assert secret not in text
    assert f'COUNTERMARK_KEY="{older.display}"' in shown(owner, key=str(older.pk))
    assert f'COUNTERMARK_KEY="{newer.display}"' in shown(owner, key="nonsense")


def test_a_new_key_is_the_one_in_the_code(owner: Person) -> None:
    key, text = make_api_key(owner.tenant)
    make_api_key(owner.tenant)
    call = first_call(keys_shown(owner.principal), made=text)
    assert call.key == key and call.shown == key.display


def test_who_may_not_make_keys_sees_code_too(viewer: Person) -> None:
    key, _ = make_api_key(viewer.tenant)
    text = shown(viewer)
    assert key.display in text and "Revoke" not in text
