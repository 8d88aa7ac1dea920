"""The alert rules and the dashboard ask for what a worker really tells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpers.plain_engine import PlainEngine
from helpers.scrapes import free_address, scrape_text
from helpers.toolchains import REPOSITORY, need_program
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.requests import SpriteRequest

RULES = REPOSITORY / "ops" / "prometheus"
DASHBOARD = REPOSITORY / "ops" / "grafana" / "pixels.json"
GPU_NAMES = {
    "pixels_gpu_utilization_ratio",
    "pixels_gpu_power_watts",
    "pixels_gpu_temperature_celsius",
    "pixels_energy_joules_total",
}
"""Absent where there is no card."""


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus's own checker."""
    return need_program("promtool", "apt-get install prometheus")


def dashboard_queries() -> list[str]:
    """Every expression of the dashboard, its variables put in."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [target["expr"].replace("$instance", ".*") for panel in panels for target in panel["targets"]]


def run(*words: str | Path) -> None:
    done = subprocess.run(list(map(str, words)), cwd=RULES, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_configuration_and_the_rules_do_what_they_say(promtool: str) -> None:
    run(promtool, "check", "config", "prometheus.yml")
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", "pixels_alerts.yml")
    run(promtool, "test", "rules", "pixels_alerts_test.yml")


def test_every_query_of_the_dashboard_can_be_asked(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(dashboard_queries())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")

    run(promtool, "check", "rules", file)


def test_the_dashboard_is_what_its_script_writes() -> None:
    script = REPOSITORY / "ops" / "grafana" / "make_dashboard.py"
    program = f"import json, runpy; print(json.dumps(runpy.run_path({str(script)!r})['dashboard']()))"
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert json.loads(made.stdout) == json.loads(DASHBOARD.read_text("utf-8")), f"run python {script}"


def test_names_that_are_asked_for_are_names_that_a_worker_tells(home: Path) -> None:
    text = ""
    for engine in (PlainEngine(broken=True), PlainEngine()):
        address = free_address()
        with threaded_worker(home, engine=engine, metrics_listen=address) as connect:
            face = connect()
            face.wait(face.submit(SpriteRequest(prompt="a ruby")).job_id, PATIENCE_S)
            text += scrape_text(address)
    told = set(re.findall(r"^(pixels_\w+)", text, re.MULTILINE)) | GPU_NAMES

    texts = [*dashboard_queries(), (RULES / "pixels_alerts.yml").read_text("utf-8")]
    asked = {name for query in texts for name in re.findall(r"\bpixels_\w+", query)} - {"pixels_alerts_test"}

    assert sorted(asked - told) == []
    families = {re.sub(r"_(bucket|sum|count|created|total)$", "", name) for name in told}
    unseen = families - {re.sub(r"_(bucket|sum|count|created|total)$", "", name) for name in asked}
    assert sorted(unseen) == [], "a number that no panel and no alert shows"
    page = (REPOSITORY / "docs" / "metrics.md").read_text("utf-8")
    assert sorted(name for name in families if name not in page) == []
