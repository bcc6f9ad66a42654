-- How often something was asked for, and where accounts signed in. Times are in milliseconds.

CREATE TABLE limits (
    key_hash TEXT NOT NULL PRIMARY KEY CHECK (length(key_hash) <= 64),
    hits INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX limits_end ON limits (ends_at);

CREATE TABLE known_addresses (
    key_hash TEXT NOT NULL PRIMARY KEY CHECK (length(key_hash) <= 64),
    ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX known_addresses_end ON known_addresses (ends_at);

-- down

DROP TABLE known_addresses;
DROP TABLE limits;
