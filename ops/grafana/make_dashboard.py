"""Writes pixels.json, the dashboard of one or several workers: `python ops/grafana/make_dashboard.py`.

Everything that a panel asks is in PANELS; the rest is Grafana's frame around it (schema 39, Grafana 10 and later).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("pixels.json")
SOURCE = {"type": "prometheus", "uid": "${source}"}
ON = 'instance=~"$instance"'
PANEL_COLUMNS, PANEL_ROWS, GRID_COLUMNS = 8, 8, 24


@dataclass(frozen=True)
class Panel:
    """One picture of the dashboard.

    Attributes:
        unit: Grafana's name of the unit.
        queries: Legend -> what Prometheus is asked.
    """

    title: str
    unit: str
    queries: dict[str, str]
    text: str = ""
    kind: str = "timeseries"
    stacked: bool = False


def quantile(share: float, metric: str, *, by: str = "") -> str:
    """A quantile of a histogram over five minutes."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{ON}}}[5m])))"


PANELS = [
    Panel(
        "Sprites a minute, by how they ended",
        "short",
        {"{{state}}": f"60 * sum by (state) (rate(pixels_sprites_total{{{ON}}}[5m]))"},
        stacked=True,
    ),
    Panel(
        "Sprites that are likely what was asked",
        "percentunit",
        {
            "confidence high": f'sum(increase(pixels_sprites_total{{state="done", confidence="high", {ON}}}[1h]))'
            f' / sum(increase(pixels_sprites_total{{state="done", confidence=~"high|low", {ON}}}[1h]))'
        },
        "Of models that tell how well they understood the words",
    ),
    Panel("Errors an hour", "short", {"{{code}}": f"sum by (code) (increase(pixels_errors_total{{{ON}}}[1h]))"}),
    Panel(
        "Wait until drawing begins",
        "s",
        {
            "half": quantile(0.5, "pixels_queue_wait_seconds"),
            "95 of 100": quantile(0.95, "pixels_queue_wait_seconds"),
        },
    ),
    Panel(
        "Drawing a batch",
        "s",
        {
            "{{model}}, half": quantile(0.5, "pixels_render_seconds", by="model"),
            "{{model}}, 95 of 100": quantile(0.95, "pixels_render_seconds", by="model"),
        },
        "Loading the model included",
    ),
    Panel(
        "Making true pixel art of a render",
        "s",
        {
            "{{model}}, half": quantile(0.5, "pixels_finish_seconds", by="model"),
            "{{model}}, 95 of 100": quantile(0.95, "pixels_finish_seconds", by="model"),
        },
    ),
    Panel("Queue", "short", {"{{instance}} {{state}}": f"pixels_parts{{{ON}}}"}),
    Panel("Engines", "short", {"{{instance}} {{state}}": f"pixels_lanes{{{ON}}}"}, stacked=True),
    Panel(
        "Rows drawn together",
        "short",
        {
            "mean": f"sum(rate(pixels_rows_per_batch_sum{{{ON}}}[5m]))"
            f" / sum(rate(pixels_rows_per_batch_count{{{ON}}}[5m]))"
        },
    ),
    Panel(
        "Memory",
        "bytes",
        {
            "{{instance}} {{lane}}, free": f"pixels_device_memory_free_bytes{{{ON}}}",
            "{{instance}} {{lane}}, all": f"pixels_device_memory_total_bytes{{{ON}}}",
            "{{instance}} machine, available": f"pixels_system_memory_available_bytes{{{ON}}}",
        },
        "The device's as of the engine's latest call",
    ),
    Panel("Card: power", "watt", {"{{instance}} card {{gpu}}": f"pixels_gpu_power_watts{{{ON}}}"}),
    Panel(
        "Card: energy of one sprite",
        "joule",
        {
            "joules": f"sum(increase(pixels_energy_joules_total{{{ON}}}[1h]))"
            f' / sum(increase(pixels_sprites_total{{state="done", {ON}}}[1h]))'
        },
    ),
    Panel("Card: temperature", "celsius", {"{{instance}} card {{gpu}}": f"pixels_gpu_temperature_celsius{{{ON}}}"}),
    Panel("Card: busy", "percentunit", {"{{instance}} card {{gpu}}": f"pixels_gpu_utilization_ratio{{{ON}}}"}),
    Panel("Disk of the library, free", "bytes", {"{{instance}}": f"pixels_disk_free_bytes{{{ON}}}"}),
    Panel("Held", "short", {"{{instance}}": f"pixels_held{{{ON}}}"}, "1 while parts wait and nothing is drawn"),
    Panel("Faces", "short", {"{{instance}}": f"pixels_faces{{{ON}}}"}, "Servers, screens and commands"),
    Panel(
        "Versions",
        "short",
        {"{{instance}} {{version}}, Python {{python}}, torch {{torch}}": f"pixels_build_info{{{ON}}}"},
        kind="table",
    ),
]


def dashboard() -> dict[str, Any]:
    """The whole document."""
    return {
        "uid": "pixels-mcp",
        "title": "pixels-mcp",
        "tags": ["pixels-mcp"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"},
                {
                    "name": "instance",
                    "label": "Worker",
                    "type": "query",
                    "datasource": SOURCE,
                    "query": {"query": "label_values(pixels_build_info, instance)", "refId": "instances"},
                    "refresh": 2,
                    "multi": True,
                    "includeAll": True,
                    "allValue": ".*",
                    "current": {"text": "All", "value": "$__all"},
                },
            ]
        },
        "annotations": {"list": []},
        "panels": [_frame(number, panel) for number, panel in enumerate(PANELS)],
    }


def _frame(number: int, panel: Panel) -> dict[str, Any]:
    a_row = GRID_COLUMNS // PANEL_COLUMNS
    custom = {"stacking": {"mode": "normal"}, "fillOpacity": 20} if panel.stacked else {}
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": SOURCE,
        "gridPos": {
            "x": number % a_row * PANEL_COLUMNS,
            "y": number // a_row * PANEL_ROWS,
            "w": PANEL_COLUMNS,
            "h": PANEL_ROWS,
        },
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, "custom": custom}, "overrides": []},
        "targets": [
            {
                "refId": "ABCDEFGH"[place],
                "datasource": SOURCE,
                "expr": query,
                "legendFormat": legend,
                **({"instant": True, "format": "table"} if panel.kind == "table" else {"exemplar": True}),
            }
            for place, (legend, query) in enumerate(panel.queries.items())
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(dashboard(), indent=1) + "\n", "utf-8")
