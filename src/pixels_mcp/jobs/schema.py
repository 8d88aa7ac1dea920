"""The job store's tables, as numbered migrations: a database of any older version is brought up to date when opened."""

from __future__ import annotations

from pixels_mcp.database import Schema

MIGRATIONS: tuple[str, ...] = (
    # 1: Jobs stand in a ring by `turn`: the job with the lowest one is served next, then goes to the end. The counts
    # of parts by state are kept with the job, so that no question has to look at all parts.
    """
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
    """,
    # 2: A person can move a job before or behind all others, and have failed parts tried again in a new job.
    """
    ALTER TABLE jobs ADD COLUMN tier INTEGER NOT NULL DEFAULT 0;
    DROP INDEX jobs_in_ring;
    CREATE INDEX jobs_in_ring ON jobs (tier, turn) WHERE queued > 0;
    ALTER TABLE parts ADD COLUMN retry_of INTEGER REFERENCES parts (number);
    CREATE INDEX parts_tried_again ON parts (retry_of) WHERE retry_of IS NOT NULL;
    """,
    # 3: A workflow's run is one job: it stays open under `run_key`, and its parts come step by step, each draw's under
    # an `ask_key`.
    """
    ALTER TABLE jobs ADD COLUMN run_key TEXT;
    ALTER TABLE jobs ADD COLUMN error TEXT;
    CREATE UNIQUE INDEX jobs_open ON jobs (run_key) WHERE run_key IS NOT NULL;
    ALTER TABLE parts ADD COLUMN ask_key TEXT;
    """,
)


SCHEMA = Schema(
    what="the job store",
    migrations=MIGRATIONS,
    when_newer="install the newer pixels-mcp again, or move the file away to begin an empty queue",
    when_damaged="move it away (mv {file} {file}.damaged) and try again: finished sprites are safe in the library,"
    " jobs that waited must be asked for again",
    when_full="free some disk space and try again; the jobs in the store are as they were",
)
