"""The rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import pytest

from config import __version__

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "accounts", "billing", "documents", "deploy")
VAGUE = {"utils", "helpers", "common", "core", "misc"}


def source_files() -> Iterator[Path]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" not in path.parts and "tests" not in path.parts:
                yield path


def tracked_text_files() -> Iterator[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".html", ".toml", ".yaml", ".js", ".css", ".sh", ".conf"}:
            yield path


def test_no_file_is_longer_than_300_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in source_files()
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert long == {}


def test_no_function_is_longer_than_50_lines():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in source_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


def test_decisions_have_a_number_each_and_are_listed():
    folder = ROOT / "docs/decisions"
    names = sorted(path.name for path in folder.glob("0*.md"))
    numbers = [int(name[:4]) for name in names]
    assert sorted(set(numbers)) == numbers
    heads = [f"# {number}. " for number in numbers]
    texts = [(folder / name).read_text() for name in names]
    assert [text[: len(head)] for head, text in zip(heads, texts, strict=True)] == heads
    listed = re.findall(
        r"^\| (\d+) \| \[.+\]\((.+)\) \|$", (folder / "README.md").read_text(), re.M
    )
    assert listed == [(str(number), name) for number, name in zip(numbers, names, strict=True)]


def test_no_module_has_a_vague_name():
    assert [
        path for path in source_files() if path.stem in VAGUE or path.parent.name in VAGUE
    ] == []


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_suppressions_name_their_rule_and_reason():
    bare = re.compile(r"#\s*(noqa|type: ignore)(\[[^\]]*\]|: [A-Z0-9, ]+)?\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in source_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_fewer_than_fifty_direct_dependencies_each_pinned_with_a_reason():
    lines = [
        line
        for name in ("requirements.txt", "requirements-local.txt")
        for line in (ROOT / name).read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]
    assert 20 < len(lines) < 50
    assert [line for line in lines if not re.match(r"[\w\[\],-]+==[\w.]+\s+# \S", line)] == []


def test_version_of_changelog_is_version_of_product():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    newest = re.search(
        r"^## ([\d.]+)(?! – unreleased)\s", (ROOT / "CHANGELOG.md").read_text(), re.M
    )
    assert version and newest
    assert version[1] == newest[1] == __version__


def test_decisions_fit_on_half_a_page():
    long = {
        path.name: words
        for path in (ROOT / "docs/decisions").glob("0*.md")
        if (words := len(path.read_text().split())) > 350
    }
    assert long == {}


@pytest.mark.parametrize(
    "document", ["README.md", *sorted(p.name for p in (ROOT / "docs").glob("*.md"))]
)
def test_make_commands_in_documents_exist(document: str):
    path = ROOT / document if document == "README.md" else ROOT / "docs" / document
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)\b", "\n".join(code_of(path.read_text()))))
    targets = set(re.findall(r"^([a-z][a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert named <= targets


def code_of(markdown: str) -> list[str]:
    """Return fenced blocks and inline code of a document."""
    return re.findall(r"```.*?```|`[^`\n]+`", markdown, re.S)


def test_links_in_documents_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in tracked_text_files()
        if path.suffix == ".md" and "vendor" not in path.parts
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_setting_is_documented_and_no_other():
    settings = (ROOT / "config/settings.py").read_text()
    declared = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", settings))
    documented = set(
        re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/configuration.md").read_text(), re.M)
    )
    assert declared == documented


def test_what_is_imported_is_installed_where_it_runs():
    """Developers have more packages, and would not notice."""
    installed = required_packages("requirements.txt", "requirements-local.txt")
    providers = metadata.packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)} imports {top}"
        for path in source_files()
        for top in imported(path)
        if top in providers and not {canonical(name) for name in providers[top]} & installed
    }
    assert missing == set()


def imported(path: Path) -> set[str]:
    """Return the first names of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def required_packages(*files: str) -> set[str]:
    """Return the packages that these files bring, with all that those require."""
    lines = [line for name in files for line in (ROOT / name).read_text().splitlines()]
    waiting = [
        match[1] for line in lines if (match := re.match(r"([\w.-]+)(\[[\w,-]+\])?==", line))
    ]
    found: set[str] = set()
    while waiting:
        name = canonical(waiting.pop())
        if name in found:
            continue
        found.add(name)
        with suppress(metadata.PackageNotFoundError):
            for text in metadata.requires(name) or ():
                waiting += re.findall(r"^[\w.-]+", text)
    return found


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
