"""Prometheus itself, of Debian's package, watches a worker that draws real sprites."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
import yaml

from helpers.commands import end_worker, pixels
from helpers.scrapes import free_address
from helpers.toolchains import REPOSITORY, need_program
from helpers.waiting import PATIENCE_S, until


def ask(prometheus: str, query: str) -> list[tuple[dict[str, str], float]]:
    """What Prometheus answers: labels and value of each series; nothing while it starts."""
    url = f"http://{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            answers = json.load(answer)["data"]["result"]
    except OSError:
        return []
    return [(one["metric"], float(one["value"][1])) for one in answers]


def test_prometheus_counts_the_sprites_that_mini_drew(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = need_program("prometheus", "apt-get install prometheus")
    address, prometheus = free_address(), free_address()
    monkeypatch.setenv("PIXELS_METRICS_LISTEN", address)
    config = yaml.safe_load((REPOSITORY / "ops" / "prometheus" / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "1s"}
    config["rule_files"] = [str(REPOSITORY / "ops" / "prometheus" / "pixels_alerts.yml")]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [address]}]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
    watching = subprocess.Popen(
        [program, f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}",
         f"--web.listen-address={prometheus}", "--enable-feature=exemplar-storage", "--log.level=error"],
    )  # fmt: skip
    try:
        drawn = json.loads(pixels("generate", "a ruby potion", "--count", "2", "--json").stdout)
        query = 'sum by (model, state, confidence) (pixels_sprites_total{job="pixels"})'
        series = until(lambda: ask(prometheus, query), "the sprites are counted")
        job_id = drawn["job_id"]

        assert [labels | {"count": count} for labels, count in series] == [
            {"model": "mini", "state": "done", "confidence": "high", "count": 2.0}
        ]
        assert ask(prometheus, "sum(pixels_render_seconds_count)")[0][1] >= 1
        assert until(lambda: ask(prometheus, 'up{job="pixels"} == 1'), "the worker is up")
        url = f"http://{prometheus}/api/v1/query_exemplars?query=pixels_sprites_total&start=0&end=9999999999"
        with urllib.request.urlopen(url, timeout=5) as answer:
            exemplars = json.load(answer)["data"]
        assert {one["labels"]["job_id"] for timeline in exemplars for one in timeline["exemplars"]} == {job_id}
    finally:
        end_worker()
        watching.terminate()
        watching.wait(PATIENCE_S)
