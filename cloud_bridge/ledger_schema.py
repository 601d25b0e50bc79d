"""The ledger's table, and how the files of older Nightjars become one like it.

Plain SQL that PostgreSQL takes too, but for the type of `seq` and the pragmas. There, several bridges would claim with
`FOR UPDATE SKIP LOCKED` in the claim's inner SELECT.
"""

import sqlite3
from pathlib import Path

VERSION = 3

TABLE = """
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    job TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    expires_at REAL NOT NULL,
    accepted_at REAL NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0,
    ended_at REAL,
    result BLOB,
    delivered_at REAL,
    acknowledged_at REAL,
    kind TEXT NOT NULL DEFAULT 'image',
    rank REAL NOT NULL DEFAULT 0,
    conversation TEXT NOT NULL DEFAULT '',
    trace TEXT,
    provider TEXT,
    tokens INTEGER,
    cost_microusd INTEGER,
    UNIQUE (device, job)
);
"""

# What each version had to get to become the next one.
STEPS = {
    1: "ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'image';",
    2: """
ALTER TABLE jobs ADD COLUMN rank REAL NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN conversation TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN trace TEXT;
ALTER TABLE jobs ADD COLUMN provider TEXT;
ALTER TABLE jobs ADD COLUMN tokens INTEGER;
ALTER TABLE jobs ADD COLUMN cost_microusd INTEGER;
UPDATE jobs SET rank = line.place FROM (
    SELECT seq, row_number() OVER (PARTITION BY device, kind ORDER BY seq) AS place FROM jobs WHERE state = 'queued'
) AS line WHERE line.seq = jobs.seq;
""",
}

INDEXES = """
DROP INDEX IF EXISTS jobs_open;
DROP INDEX IF EXISTS jobs_open_by_kind;
CREATE INDEX IF NOT EXISTS jobs_queued ON jobs (kind, rank, seq, expires_at) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS jobs_calling ON jobs (kind, seq) WHERE state = 'calling';
CREATE INDEX IF NOT EXISTS jobs_talked_about ON jobs (device, conversation, seq)
    WHERE conversation <> '' AND state IN ('queued', 'calling');
CREATE INDEX IF NOT EXISTS jobs_owed ON jobs (device, seq) WHERE result IS NOT NULL AND acknowledged_at IS NULL;
CREATE INDEX IF NOT EXISTS jobs_acknowledged ON jobs (acknowledged_at) WHERE acknowledged_at IS NOT NULL;
"""


class FromTheFuture(Exception):
    """The file was written by a newer Nightjar."""


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open the file, in today's form; it is made when there is none. Raises sqlite3.Error and FromTheFuture."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        database.close()
        raise FromTheFuture
    steps = TABLE if version == 0 else "".join(STEPS[old] for old in range(version, VERSION))
    if version < VERSION:
        database.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    database.executescript(INDEXES)
    return database
