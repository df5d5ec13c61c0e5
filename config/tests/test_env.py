"""The environment is read once, typed, and loudly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import BadEnvironment, Environment

ROOT = Path(__file__).resolve().parents[2]


def test_a_value_comes_from_the_environment_or_is_the_default():
    env = Environment({"A": "x", "EMPTY": ""})
    assert env.text("A", "y") == "x"
    assert env.text("B", "y") == "y"
    assert env.text("EMPTY", "y") == "y"


def test_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("geheim\n")
    assert Environment({"KEY_FILE": str(file)}).text("KEY") == "geheim"


@pytest.mark.parametrize(
    ("values", "read", "sentence"),
    [
        ({}, lambda env: env.text("KEY"), "KEY is not set (nor KEY_FILE)"),
        ({"KEY": ""}, lambda env: env.text("KEY"), "KEY is not set"),
        ({"KEY": "a", "KEY_FILE": "b"}, lambda env: env.text("KEY"), "not both"),
        ({"KEY_FILE": "/nowhere/at/all"}, lambda env: env.text("KEY"), "KEY_FILE: "),
        ({"N": "many"}, lambda env: env.integer("N", 1), "must be a whole number"),
        ({"N": "1.5"}, lambda env: env.integer("N", 1), "must be a whole number"),
        ({"N": "0"}, lambda env: env.integer("N", 1, minimum=1), "must be at least 1"),
        ({"F": "maybe"}, lambda env: env.flag("F", False), "must be yes or no"),
        ({"U": "http://x/0"}, lambda env: env.url("U", ("redis", "rediss")), "redis:// or rediss"),
        ({"C": "xml"}, lambda env: env.choice("C", "json", ("json",)), "must be one of json"),
    ],
)
def test_what_is_not_understood_ends_the_process(values, read, sentence):
    with pytest.raises(BadEnvironment, match="^Configuration error: ") as caught:
        read(Environment(values))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("word", ["1", "true", "YES", "On"])
def test_yes_has_several_words(word):
    assert Environment({"F": word}).flag("F", False) is True
    assert Environment({"F": "off"}).flag("F", True) is False


def test_words_are_separated_by_commas():
    assert Environment({"W": " a, b,,c "}).words("W", "") == ["a", "b", "c"]


def test_a_name_of_ours_that_nobody_reads_is_refused():
    env = Environment({"COUNTERMARK_DEBUG": "1", "COUNTERMARK_DEBUGG": "1", "OTHER": "1"})
    env.flag("COUNTERMARK_DEBUG", False)
    with pytest.raises(BadEnvironment, match="unknown setting COUNTERMARK_DEBUGG: misspelt"):
        env.refuse_unknown()


def test_the_file_of_a_name_is_known_too(tmp_path):
    file = tmp_path / "secret"
    file.write_text("x")
    env = Environment({"COUNTERMARK_KEY_FILE": str(file)})
    env.text("COUNTERMARK_KEY")
    env.refuse_unknown()


def test_the_settings_refuse_a_misspelt_name_in_one_sentence():
    outcome = subprocess.run(
        [sys.executable, "-c", "import config.settings_lint"],
        cwd=ROOT,
        env={**os.environ, "COUNTERMARK_ALOWED_HOSTS": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "Configuration error: unknown setting COUNTERMARK_ALOWED_HOSTS: misspelt?\n"
    )
