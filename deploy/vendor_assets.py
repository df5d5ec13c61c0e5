"""Refresh ``static/vendor`` from the npm packages pinned here: ``python deploy/vendor_assets.py``.

Needs ``npm`` and the network, and only when a version or the list of icons changes: the result
is committed, so neither a user nor the image ever builds anything. Stylesheets and scripts are
taken as published, minus the comment that points to a source map we do not ship (Django's hashed
file names would ask for it). The icons in use become one sprite.
"""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"

TABLER = "@tabler/core@1.6.1"
INTER = "@fontsource-variable/inter@5.3.0"
ICONS = "@tabler/icons@3.51.0"
TUS = "tus-js-client@4.3.1"

# Subsets by script: a browser fetches only those that a page's text needs.
FONT_SUBSETS = ("latin", "latin-ext", "cyrillic", "greek", "vietnamese")
ICONS_IN_USE = """
    activity alert-circle alert-triangle arrow-right ban bell book chart-bar check chevron-left
    chevron-right circle-check circle-dashed circle-x clock cloud-upload code copy credit-card
    device-desktop download file-text files info-circle key layout-grid lock logout menu-2 moon
    packages photo plug-connected plug-connected-x plus refresh rubber-stamp search stack-2 sun
    trash typography upload user-circle users webhook x
""".split()
FONT_FACE = """@font-face {{
  font-family: "Inter";
  font-style: normal;
  font-weight: 100 900;
  font-display: optional;
  src: url("inter-{subset}.woff2") format("woff2");
  unicode-range: {ranges};
}}
"""


def main() -> None:
    """Fetch each package and write its part of ``static/vendor``."""
    with tempfile.TemporaryDirectory() as folder:
        write_tabler(unpacked(TABLER, Path(folder)))
        write_inter(unpacked(INTER, Path(folder)))
        write_icons(unpacked(ICONS, Path(folder)))
        write_tus(unpacked(TUS, Path(folder)))


def unpacked(package: str, folder: Path) -> Path:
    """Return the folder that holds the files of the npm package ``name@version``."""
    packed = subprocess.run(  # noqa: S603 - fixed arguments, pinned above
        ["npm", "pack", "--silent", package],  # noqa: S607 - the developer's own npm
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / packed.stdout.strip().splitlines()[-1]
    target = archive.with_suffix("")
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def write_tabler(package: Path) -> None:
    """Copy the one stylesheet; its scripts are not used (menus are ``<details>``)."""
    css = (package / "dist/css/tabler.min.css").read_text("utf-8")
    write("tabler/tabler.min.css", re.sub(r"\s*/\*# sourceMappingURL=.*?\*/", "\n", css))


def write_inter(package: Path) -> None:
    """Copy the upright variable font by script, with its licence and ``@font-face`` rules."""
    ranges = json.loads((package / "unicode.json").read_text("utf-8"))
    rules = [FONT_FACE.format(subset=name, ranges=ranges[name]) for name in FONT_SUBSETS]
    write("inter/inter.css", "".join(rules))
    write("inter/LICENSE", (package / "LICENSE").read_text("utf-8"))
    for name in FONT_SUBSETS:
        font = (package / f"files/inter-{name}-wght-normal.woff2").read_bytes()
        (VENDOR / f"inter/inter-{name}.woff2").write_bytes(font)


def write_icons(package: Path) -> None:
    """Write one SVG with a ``<symbol>`` for each icon in use; colour follows the text."""
    symbols = [symbol(package / f"icons/outline/{name}.svg") for name in sorted(ICONS_IN_USE)]
    body = "\n".join(symbols)
    write("icons/sprite.svg", f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n')
    write("icons/LICENSE", (package / "LICENSE").read_text("utf-8"))


def write_tus(package: Path) -> None:
    """Copy the build for browsers, which puts ``tus`` on the window."""
    script = (package / "dist/tus.min.js").read_text("utf-8")
    write("tus/tus.min.js", re.sub(r"\s*//# sourceMappingURL=.*", "\n", script))
    write("tus/LICENSE", (package / "LICENSE").read_text("utf-8"))


def symbol(file: Path) -> str:
    """Return one outline icon as a symbol named like its file."""
    svg = ElementTree.fromstring(file.read_text("utf-8"))  # noqa: S314 - a pinned package's own file
    paths = [path.get("d", "") for path in svg if path.get("stroke") != "none"]
    shapes = "".join(f'<path d="{shape}"/>' for shape in paths)
    return (
        f'<symbol id="{file.stem}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def write(name: str, text: str) -> None:
    """Write ``text`` to ``static/vendor/<name>``."""
    file = VENDOR / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
