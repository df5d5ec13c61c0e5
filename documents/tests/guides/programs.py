"""A guide's blocks of code, put together as one program for each language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from config.api.guides import GUIDES, guide_path

RUN = ("sh", "python", "js")
SHOWN = ("json", "text", "http")
_PIECE = re.compile(
    r"^ *```(?P<language>\S*)[^\n]*\n(?P<code>.*?)^ *```"
    r"|^ *<!-- check: (?P<check>.+?) -->"
    r"|^ *<!-- not run: (?P<excuse>.+?) -->",
    re.S | re.M,
)


@dataclass
class Program:
    """What one language has to do in one guide."""

    guide: str
    language: str
    blocks: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)

    def add_check(self, command: str) -> None:
        """Have ``command`` succeed: at this place of a shell's program, else at its end."""
        if self.language == "sh":
            self.blocks.append(f"{command} || {{ echo 'check failed: {command}' >&2; exit 1; }}\n")
        self.checks.append(command)


def programs_of(guide: str, text: str) -> dict[str, Program]:
    """Return the programs of a guide's text by language; raise ValueError for what none can run."""
    programs: dict[str, Program] = {}
    excused, last = False, ""
    for piece in _PIECE.finditer(text):
        language = piece["language"]
        if piece["excuse"]:
            excused = True
        elif piece["check"]:
            if not last:
                raise ValueError(f"{guide}: a check without a program: {piece['check']}")
            programs[last].add_check(piece["check"])
        elif language not in (*RUN, *SHOWN):
            raise ValueError(f"{guide}: a block of {language or 'no language'!r}")
        elif language in SHOWN or excused:
            excused = False
        else:
            program = programs.setdefault(language, Program(guide, language))
            program.blocks.append(piece["code"])
            last = language
    return programs


def program_of(guide: str, language: str) -> Program:
    """Return what a guide tells to do in one language."""
    return programs_of(guide, guide_path(guide).read_text())[language]


def all_programs() -> list[Program]:
    """Return every program of every guide."""
    return [
        program
        for guide in GUIDES
        for program in programs_of(guide, guide_path(guide).read_text()).values()
    ]


def json_blocks(text: str) -> list[str]:
    """Return the blocks that must be JSON."""
    return [piece["code"] for piece in _PIECE.finditer(text) if piece["language"] == "json"]
