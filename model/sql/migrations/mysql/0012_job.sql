-- Jobs, the queues that are paused, and which tick of each schedule came last.

CREATE TABLE jobs (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    arguments MEDIUMTEXT NOT NULL,
    queue VARCHAR(40) NOT NULL,
    priority INT NOT NULL,
    state VARCHAR(9) NOT NULL,
    run_at DATETIME(3) NOT NULL,
    attempt INT NOT NULL DEFAULT 0,
    crashes INT NOT NULL DEFAULT 0,
    lease BIGINT NOT NULL DEFAULT 0,
    heartbeat BIGINT NOT NULL DEFAULT 0,
    unique_key VARCHAR(150),
    limit_key VARCHAR(150),
    at_most INT NOT NULL,
    slot_key VARCHAR(160),
    last_error VARCHAR(1000) NOT NULL DEFAULT '',
    created_at DATETIME(3) NOT NULL,
    INDEX jobs_order (state, queue, priority, run_at, id),
    INDEX jobs_time (state, run_at),
    UNIQUE INDEX jobs_unique (unique_key),
    UNIQUE INDEX jobs_slot (slot_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

CREATE TABLE paused_queues (
    queue VARCHAR(40) NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

CREATE TABLE schedules (
    name VARCHAR(100) NOT NULL PRIMARY KEY,
    tick DATETIME(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

-- down

DROP TABLE schedules;
DROP TABLE paused_queues;
DROP TABLE jobs;
