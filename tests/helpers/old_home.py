"""A home as the first version wrote it: job store 1, index 1, cards and recipes of format 1; its SQL word by word."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixels_mcp.paths import Paths
from pixels_mcp.png import encode_png

INDEX_1 = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE sprites (
        sprite_id TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL,
        added_s REAL NOT NULL,
        entry TEXT NOT NULL,
        haystack TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sprites_by_time ON sprites (added_s DESC, sprite_id DESC);
    CREATE INDEX sprites_by_file ON sprites (sha256);
    CREATE TABLE counter (largest_number INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);
    PRAGMA user_version = 1;
"""

JOBS_1 = """
    PRAGMA journal_mode = WAL;
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        label TEXT NOT NULL,
        created_s REAL NOT NULL,
        turn INTEGER NOT NULL,
        idempotency_key TEXT UNIQUE,
        fingerprint TEXT NOT NULL,
        queued INTEGER NOT NULL,
        running INTEGER NOT NULL DEFAULT 0,
        done INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        cancelled INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX jobs_in_ring ON jobs (turn) WHERE queued > 0;
    CREATE TABLE parts (
        number INTEGER PRIMARY KEY,
        part_id TEXT NOT NULL UNIQUE,
        job_number INTEGER NOT NULL REFERENCES jobs (number),
        state TEXT NOT NULL DEFAULT 'queued',
        request TEXT NOT NULL,
        seed INTEGER NOT NULL,
        reference_sha256 TEXT,
        recipe TEXT,
        starts INTEGER NOT NULL DEFAULT 0,
        sprites TEXT NOT NULL DEFAULT '[]',
        error TEXT
    ) STRICT;
    CREATE INDEX parts_of_job ON parts (job_number, number);
    CREATE INDEX parts_queued ON parts (job_number, number) WHERE state = 'queued';
    CREATE INDEX parts_running ON parts (number) WHERE state = 'running';
    PRAGMA user_version = 1;
"""


@dataclass(frozen=True)
class OldSprite:
    """What the first version told of a sprite, and its file's bytes."""

    told: dict[str, object]
    data: bytes


def make_old_home(paths: Paths, sprites: int = 3) -> list[OldSprite]:
    """Write the home: some sprites that are done, and one job that waits."""
    kept = [_sprite(number) for number in range(1, sprites + 1)]
    with closing(_begin(paths.library / "index.sqlite", INDEX_1)) as index, index:
        for one in kept:
            file = paths.library / "sprites" / str(one.told["sha256"])[:2] / f"{one.told['sha256']}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(one.data)
            file.with_suffix(".json").write_text(json.dumps({"format_version": 1, "entries": [one.told]}, indent=1))
            haystack = f"{one.told['sprite_id']}\n{one.told['prompt']}\n{one.told['model']}"
            row = (one.told["sprite_id"], one.told["sha256"], one.told["added_s"], json.dumps(one.told), haystack)
            index.execute("INSERT INTO sprites VALUES (?, ?, ?, ?, ?)", row)
        index.execute("UPDATE counter SET largest_number = ?", (sprites,))
    with closing(_begin(paths.jobs_db, JOBS_1)) as jobs, jobs:
        number = sprites + 1
        jobs.execute(
            "INSERT INTO jobs (number, job_id, kind, state, label, created_s, turn, fingerprint, queued) "
            "VALUES (?, ?, 'generate', 'queued', 'a lantern', 1000.0, 1, 'f', 1)",
            (number, f"a-lantern-{number:04d}"),
        )
        request = '{"prompt":"a lantern","steps":4}'
        jobs.execute(
            "INSERT INTO parts (number, part_id, job_number, request, seed) VALUES (?, ?, ?, ?, 5)",
            (number, f"a-lantern-{number:04d}", number, request),
        )
    return kept


def dump(file: Path) -> list[str]:
    """A database as SQL."""
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def _begin(file: Path, schema: str) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(file)
    database.executescript(schema)
    return database


def _sprite(number: int) -> OldSprite:
    pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    recipe = {
        "format_version": 1,
        "loras_sha256": {},
        "model_sha256": "a" * 64,
        "plan": {"seed": number},
        "request": {"prompt": f"a potion {number}"},
        "versions": {"pixels-mcp": "0.1.0"},
    }
    data = encode_png(pixels, {"pixels_mcp": json.dumps(recipe, sort_keys=True, separators=(",", ":"))})
    told: dict[str, object] = {
        "sprite_id": f"a-potion-{number:04d}.1",
        "sha256": hashlib.sha256(data).hexdigest(),
        "added_s": 1_000.0 + number,
        "width_px": 16,
        "height_px": 16,
        "seed": number,
        "prompt": f"a potion {number}",
        "model": "mini",
        "facts": {"colors": 5},
        "reference": None,
        "notes": [],
        "name": None,
        "palette": None,
    }
    return OldSprite(told, data)
