"""System checks: each finds what it is for, under an id that stays."""

from __future__ import annotations

import re

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry

from config import checks


def ids(found):
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("check", "setting", "good", "bad", "identifier"),
    [
        (checks.secret_key_is_long, "SECRET_KEY", "x" * 32, "x" * 31, "countermark.E001"),
        (checks.hosts_are_named, "ALLOWED_HOSTS", ["a.example"], ["*"], "countermark.E003"),
        (checks.lease_outlives_heartbeats, "JOB_LEASE_SECONDS", 3, 2, "countermark.E004"),
        (
            checks.public_url_is_allowed,
            "PUBLIC_URL",
            "http://localhost:8000",
            "https://elsewhere.example",
            "countermark.W001",
        ),
    ],
)
def test_a_setting_is_judged(settings, check, setting, good, bad, identifier):
    setattr(settings, setting, good)
    assert check(None) == []
    setattr(settings, setting, bad)
    assert ids(check(None)) == [identifier]


def test_a_data_directory_that_cannot_be_written_is_found(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "not" / "there" / "yet"
    assert checks.data_directory_is_writable(None) == []
    # A file in the way, since permissions do not bind root, as whom this may run.
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file" / "data"
    assert ids(checks.data_directory_is_writable(None)) == ["countermark.E002"]


def test_the_product_as_it_is_passes():
    assert run_checks() == []


def test_every_check_of_ours_tells_its_id_first():
    ours = [
        check
        for check in registry.get_checks(include_deployment_checks=True)
        if check.__module__.partition(".")[0] in ("config", "accounts", "billing", "documents")
    ]
    told = [re.match(r"[EW]\d{3}: ", check.__doc__ or "") for check in ours]
    assert len(ours) >= 5 and all(told)
    assert len({match[0] for match in told if match}) == len(ours)
