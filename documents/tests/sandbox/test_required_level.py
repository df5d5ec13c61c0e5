"""A worker that protects documents less than it should does not start, and says why."""

from __future__ import annotations

import pytest
from celery import signals
from django.core.management import CommandError, call_command

import config.celery  # noqa: F401 - connects the signals
from config import checks
from documents.processing.sandbox_level import SandboxTooWeak, ensure_sandbox_level
from documents.sandbox.self_test import examine
from documents.tests.sandbox.test_self_test import NO_PARSER, NO_RULES


@pytest.fixture(autouse=True)
def whole_machine():
    if examine().level != "full":
        pytest.skip("this kernel has not all that is to be taken away here")


def test_a_whole_machine_does(settings, capsys):
    settings.SANDBOX_LEVEL = "full"
    assert ensure_sandbox_level().level == "full"
    assert checks.sandbox_is_whole(None) == []
    call_command("check_sandbox")
    told = capsys.readouterr().out
    assert told.startswith("level: full\n")
    assert "POSSIBLE" not in told


def test_less_is_enough_unless_more_is_asked_for(settings, machine, capsys):
    machine(NO_RULES)
    settings.SANDBOX_LEVEL = "seccomp_only"
    assert ensure_sandbox_level().level == "seccomp_only"
    assert [each.id for each in checks.sandbox_is_whole(None)] == ["countermark.W050"]
    call_command("check_sandbox")
    assert "passwords     POSSIBLE" in capsys.readouterr().out


def test_too_little_stops_a_worker(settings, machine):
    machine(NO_RULES)
    settings.SANDBOX_LEVEL = "full"
    with pytest.raises(SandboxTooWeak, match="reaches the level seccomp_only, .* asks for full"):
        signals.worker_init.send(sender=None)
    assert [each.id for each in checks.sandbox_is_whole(None)] == ["countermark.E050"]
    with pytest.raises(CommandError, match="seccomp_only"):
        call_command("check_sandbox")


def test_so_does_a_parser_that_does_not_load(settings, machine):
    machine(NO_PARSER)
    settings.SANDBOX_LEVEL = "limits_only"
    with pytest.raises(SandboxTooWeak, match="cannot be marked in the sandbox: pikepdf"):
        ensure_sandbox_level()
