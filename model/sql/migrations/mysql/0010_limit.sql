-- How often something was asked for, and where accounts signed in. Times are in milliseconds.

CREATE TABLE limits (
    key_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    hits BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    INDEX limits_end (ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

CREATE TABLE known_addresses (
    key_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    ends_at BIGINT NOT NULL,
    INDEX known_addresses_end (ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

-- down

DROP TABLE known_addresses;
DROP TABLE limits;
