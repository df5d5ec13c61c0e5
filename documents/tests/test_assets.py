"""What the pages are made of: nothing inline, nothing foreign, nothing missing, not too much."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from documents.templatetags.ui import MESSAGE_NOTES, OTHER_ICON, STATES

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = [STATIC / "vendor/tabler/tabler.min.css", *sorted((STATIC / "css").glob("*.css"))]
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
# Hooks for scripts and for tests, and words that only a template's logic joins with others.
# The last is Django's own, of its admin.
WITHOUT_STYLE = {"with-js", "without-js", "icon-end", "on", "off", "default"}


def offenders(find: Callable[[str], Iterable[str]]) -> dict[str, set[str]]:
    """Return what ``find`` finds in each template's text, by template; clean ones are left out."""
    found = {str(path.relative_to(ROOT)): set(find(path.read_text("utf-8"))) for path in TEMPLATES}
    assert len(found) > 30
    return {name: words for name, words in found.items() if words}


def test_nothing_is_inline() -> None:
    """The content security policy would stop it, but only in the browser.

    Mails are read elsewhere, where nothing but inline styles counts.
    """
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)")
    found = offenders(inline.findall)
    mails = re.compile(r"templates/(?:emails/|accounts?/email/|mail\.html$)")
    assert {name for name in found if not mails.match(name)} == set()


def test_nothing_is_foreign() -> None:
    foreign = re.compile(r"(?:src|href|action)=[\"'](?:https?:)?//[^\"']*")
    assert offenders(foreign.findall) == {}


def test_every_class_exists() -> None:
    css = "".join(style.read_text("utf-8") for style in STYLES)
    known = set(re.findall(r"\.((?:[\w-]|\\.)+)", css)) | WITHOUT_STYLE

    def unknown(text: str) -> set[str]:
        classes = " ".join(re.findall(r'class="([^"]*)"', TAG.sub(" ", text))).split()
        return {name for name in classes if name not in known and not name.endswith("-")}

    assert offenders(unknown) == {}


def test_the_sprite_has_the_icons_in_use_and_no_other() -> None:
    sprite = (STATIC / "vendor/icons/sprite.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    pages = "".join(template.read_text("utf-8") for template in TEMPLATES)
    used = set(re.findall(r'{% icon "([^"]+)"', pages))
    used |= {name for name, _ in STATES.values()} | {name for _, name in MESSAGE_NOTES.values()}
    assert used | {OTHER_ICON} == drawn


def test_a_first_view_is_light() -> None:
    """All style and script of each page, as it travels; fonts come beside it."""

    def travels(part: Path) -> int:
        return len(gzip.compress(part.read_bytes(), 9))

    of_frame = {"theme.js", "page.js"}
    scripts = {path.name: path for path in SCRIPTS}
    frame = [*STYLES, STATIC / "vendor/inter/inter.css", *(scripts[name] for name in of_frame)]
    for path in TEMPLATES:
        own = set(re.findall(r"js/(\w+\.js)", path.read_text("utf-8"))) - of_frame
        parts = [*frame, *(scripts[name] for name in own if name in scripts)]
        assert sum(travels(part) for part in parts) <= 100_000, path.name


def test_no_script_imports_another() -> None:
    """Under hashed names the imported one would run a second time, beside itself."""
    assert [
        path.name for path in SCRIPTS if re.search(r"^\s*import\b", path.read_text(), re.M)
    ] == []


def test_every_vendored_folder_is_named_with_its_licence() -> None:
    listed = (STATIC / "vendor/README.md").read_text("utf-8")
    folders = {path.name for path in (STATIC / "vendor").iterdir() if path.is_dir()}
    assert folders == set(re.findall(r"^\| `(\w+)/` \|", listed, re.MULTILINE))
