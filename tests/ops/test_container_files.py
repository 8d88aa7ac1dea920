"""The container files are well-formed, and say what the documentation promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.toolchains import REPOSITORY
from pixels_mcp.settings import Settings

CONTAINERFILE = REPOSITORY / "Containerfile"


def tool(name: str) -> str:
    """A checker of the development environment."""
    return str(Path(sys.executable).with_name(name))


def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "compose.yaml").read_text("utf-8"))


def test_hadolint_finds_nothing_in_the_containerfile() -> None:
    done = subprocess.run([tool("hadolint"), CONTAINERFILE], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compose_files_are_of_the_compose_specification() -> None:
    files = [REPOSITORY / "compose.yaml", REPOSITORY / "compose.gpu.yaml"]
    command = [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_misspelled_word_would_be_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((REPOSITORY / "compose.yaml").read_text("utf-8").replace("read_only:", "readonly:"), "utf-8")
    command = [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", wrong]

    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 1


@pytest.mark.parametrize("service", ["worker", "prometheus", "grafana"])
def test_no_service_has_capabilities_or_listens_beyond_this_machine(service: str) -> None:
    facts = compose()["services"][service]

    assert facts["cap_drop"] == ["ALL"]
    assert facts["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in facts["ports"])
    if "image" in facts and service != "worker":
        assert re.search(r":v?\d+\.\d+\.\d+$", facts["image"]), "no version"


def test_the_worker_is_nobody_and_writes_to_its_volume_alone() -> None:
    worker, text = compose()["services"]["worker"], CONTAINERFILE.read_text("utf-8")

    assert worker["read_only"] is True
    assert worker["volumes"] == ["data:/data"]
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert users[-1] == "10001:10001"
    assert re.search(r"^HEALTHCHECK .*\"status\", \"--running\"", text, re.MULTILINE)


def test_every_setting_of_the_image_is_one() -> None:
    names = re.findall(r"PIXELS_([A-Z_]+)=", CONTAINERFILE.read_text("utf-8"))

    assert {name.lower() for name in names} - {"home"} <= set(Settings.model_fields)
    assert "METRICS_LISTEN" in names


def test_what_compose_mounts_is_there_and_prometheus_asks_the_worker_where_it_tells() -> None:
    services = compose()["services"]
    for service in services.values():
        for mount in service["volumes"]:
            if mount.startswith("./"):
                assert (REPOSITORY / mount.split(":")[0]).exists(), mount
    asked = yaml.safe_load((REPOSITORY / "ops" / "container" / "prometheus.yml").read_text("utf-8"))
    (target,) = asked["scrape_configs"][0]["static_configs"][0]["targets"]
    host, port = target.split(":")

    assert host in services
    assert f"PIXELS_METRICS_LISTEN=0.0.0.0:{port}" in CONTAINERFILE.read_text("utf-8")


def test_grafana_finds_its_source_and_its_dashboard() -> None:
    provisioning = REPOSITORY / "ops" / "grafana" / "provisioning"
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"][0]
    provider = yaml.safe_load((provisioning / "dashboards" / "pixels.yml").read_text("utf-8"))["providers"][0]
    grafana = compose()["services"]["grafana"]
    mounted = dict(mount.split(":")[:2] for mount in grafana["volumes"])

    assert source["url"] == "http://prometheus:9090"
    assert mounted["./ops/grafana/provisioning"] == "/etc/grafana/provisioning"
    first_page = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert mounted["./ops/grafana/pixels.json"] == first_page
    assert str(Path(first_page).parent) == provider["options"]["path"]
    assert json.loads((REPOSITORY / "ops" / "grafana" / "pixels.json").read_text("utf-8"))["uid"]


def test_the_image_installs_the_versions_that_are_tested() -> None:
    def pins(file: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", file.read_text("utf-8"), re.MULTILINE))

    image, tested = pins(REPOSITORY / "ops" / "container" / "requirements.lock"), pins(REPOSITORY / "requirements.lock")

    assert {"torch", "diffusers", "prometheus-client", "mcp"} <= image.keys()
    assert {name: version for name, version in image.items() if tested.get(name) != version} == {}
    assert "pytest" not in image


def test_podman_keeps_the_health_check_of_the_image_that_make_up_builds() -> None:
    """In the format that it builds by itself, buildah 1.28 leaves HEALTHCHECK out."""
    command = ["make", "-n", "up", "COMPOSE=podman-compose"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert "BUILDAH_FORMAT=docker podman-compose -f compose.yaml" in done.stdout


def test_make_help_tells_every_word() -> None:
    told = subprocess.run(["make", "-s", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    words = [
        "init",
        "debug",
        "tui",
        "worker",
        "up",
        "down",
        "validate-gpu",
        "hw",
        "containers",
        "sprite",
        "test",
        "game",
        "play",
    ]

    assert [word for word in words if not re.search(rf"^make {word}\b|; make {word}\b", told, re.MULTILINE)] == []
    for word in words:
        done = subprocess.run(["make", "-n", word], cwd=REPOSITORY, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
