-- Jobs, the queues that are paused, and which tick of each schedule came last.

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CHECK (length(name) <= 100),
    arguments TEXT NOT NULL CHECK (length(arguments) <= 50000),
    queue TEXT NOT NULL CHECK (length(queue) <= 40),
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    run_at DATETIME NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    lease INTEGER NOT NULL DEFAULT 0,
    heartbeat INTEGER NOT NULL DEFAULT 0,
    unique_key TEXT CHECK (length(unique_key) <= 150),
    limit_key TEXT CHECK (length(limit_key) <= 150),
    at_most INTEGER NOT NULL,
    slot_key TEXT CHECK (length(slot_key) <= 160),
    last_error TEXT NOT NULL DEFAULT '' CHECK (length(last_error) <= 1000),
    created_at DATETIME NOT NULL
);
CREATE INDEX jobs_order ON jobs (state, queue, priority, run_at, id);
CREATE INDEX jobs_time ON jobs (state, run_at);
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL;
CREATE UNIQUE INDEX jobs_slot ON jobs (slot_key) WHERE slot_key IS NOT NULL;

CREATE TABLE paused_queues (
    queue TEXT NOT NULL PRIMARY KEY CHECK (length(queue) <= 40)
) WITHOUT ROWID;

CREATE TABLE schedules (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) <= 100),
    tick DATETIME NOT NULL
) WITHOUT ROWID;

-- down

DROP TABLE schedules;
DROP TABLE paused_queues;
DROP TABLE jobs;
