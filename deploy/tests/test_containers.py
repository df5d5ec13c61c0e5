"""The container files fit the product: there may be no engine here to find out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.place import ROOT

ENTRYPOINT = (ROOT / "deploy/entrypoint.sh").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Not on an ordinary user's path.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
APPLICATION_ROLES = {"web", "worker", "relay", "sender", "migrate"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, arguments)."""
    lines = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.M).replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def test_every_role_of_the_entrypoint_is_a_service_and_the_reverse(services: dict[str, Any]):
    roles = set(re.findall(r"^(\w+)\)$", ENTRYPOINT, re.M))
    ours = {name: s["command"] for name, s in services.items() if s["image"] == "countermark"}

    assert roles == APPLICATION_ROLES
    assert ours == {role: [role] for role in roles}


@pytest.mark.parametrize(
    ("given", "pool"),
    [
        ({}, "12"),
        ({"COUNTERMARK_SYNC_THREADS": "20"}, "24"),
        ({"COUNTERMARK_SYNC_THREADS": "20", "COUNTERMARK_DATABASE_POOL": "6"}, "6"),
        ({"COUNTERMARK_SYNC_THREADS": "8x"}, "12"),
    ],
)
def test_every_thread_of_the_web_finds_a_connection(
    tmp_path: Path, given: dict[str, str], pool: str
):
    (tmp_path / "python").write_text('#!/bin/sh\necho "$COUNTERMARK_DATABASE_POOL"\n')
    (tmp_path / "python").chmod(0o755)
    command = ["sh", str(ROOT / "deploy/entrypoint.sh"), "web"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **given}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == pool


def test_services_wait_for_what_exists_and_can_be_waited_for(services: dict[str, Any]):
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert other in services, name
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[other], other
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_a_server_of_ones_own_has_no_plans(services: dict[str, Any]):
    default = "${COUNTERMARK_DEFAULT_PLAN:-none}"
    assert services["web"]["environment"]["COUNTERMARK_DEFAULT_PLAN"] == default
    assert "\nCOUNTERMARK_DEFAULT_PLAN=none\n" in (ROOT / ".env.example").read_text()


def test_every_variable_for_the_application_is_a_setting(services: dict[str, Any]):
    declared = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "config/settings.py").read_text()))
    given = set(services["web"]["environment"]) - {"FORWARDED_ALLOW_IPS"}  # gunicorn's own
    in_image = set(re.findall(r"\b(COUNTERMARK_\w+)=", DOCKERFILE))

    assert given | in_image <= declared


def test_example_file_names_every_variable_of_compose_and_no_other():
    example = (ROOT / ".env.example").read_text()
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    named = dict(re.findall(r"^(\w+)=(.*)$", example, re.M))
    optional = set(re.findall(r"^# (\w+)=", example, re.M))

    assert {*named, *optional} == wanted
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()))
    assert {name for name, value in named.items() if not value} == required


def test_volumes_and_mounted_files_exist(compose: dict[str, Any], services: dict[str, Any]):
    for service in services.values():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file()
            else:
                assert source in compose["volumes"]


def test_nothing_of_ours_runs_as_root_or_writes_outside_its_volume(services: dict[str, Any]):
    for name in (*APPLICATION_ROLES, "nginx"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    user = [arguments for name, arguments in instructions() if name == "USER"][-1]
    assert user == services["nginx"]["user"]  # which reads the files of the other
    assert user.split(":")[0] not in ("0", "root")


def test_image_starts_the_entrypoint_after_dropping_root():
    names = [name for name, _ in instructions()]

    assert names.count("FROM") == 2
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert dict(instructions())["ENTRYPOINT"] == '["sh", "deploy/entrypoint.sh"]'
    assert dict(instructions())["CMD"] == '["web"]'


def test_build_context_holds_the_product_and_no_secret():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = {line[1:] for line in lines if line.startswith("!")}

    assert lines[1] == "*"
    assert {"config", "accounts", "billing", "documents", "manage.py"} <= admitted
    assert all(any(ROOT.glob(name)) for name in admitted)
    assert not admitted & {".", ".env", ".git", "var"}


def test_nginx_and_the_web_agree(services: dict[str, Any]):
    nginx = (ROOT / "deploy/nginx/nginx.conf").read_text()
    prefix = services["web"]["environment"]["COUNTERMARK_ACCEL_PREFIX"]

    assert re.search(rf"location {prefix} {{\s+internal;\s+alias /data/blobs/;", nginx)
    assert "server web:8000;" in nginx
    assert "listen 8080" in nginx


@pytest.mark.skipif(not NGINX, reason="there is no nginx on this machine")
def test_nginx_understands_its_configuration(tmp_path: Path):
    configuration = tmp_path / "nginx.conf"
    text = (ROOT / "deploy/nginx/nginx.conf").read_text()
    # The name exists among the containers only.
    text = text.replace("server web:8000", "server 127.0.0.1:8000")
    text = text.replace("/tmp/", f"{tmp_path}/")  # noqa: S108 - replaced, not used
    configuration.write_text(text)

    checked = subprocess.run((NGINX, "-t", "-c", configuration), capture_output=True, text=True)

    assert checked.returncode == 0, checked.stderr


def test_a_misspelt_setting_ends_the_web_instead_of_restarting_it_for_ever():
    command = ("sh", ROOT / "deploy/entrypoint.sh", "web")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "COUNTERMARK_PROT": "8000",
    }
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "unknown setting COUNTERMARK_PROT" in ended.stderr
