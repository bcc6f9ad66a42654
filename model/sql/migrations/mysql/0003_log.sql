-- The API log: a row for each request.

CREATE TABLE logs (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ip VARCHAR(45) NOT NULL,
    method VARCHAR(16) NOT NULL,
    path VARCHAR(2048) NOT NULL,
    status SMALLINT NOT NULL,
    milliseconds DOUBLE NOT NULL,
    request_id VARCHAR(128) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    INDEX logs_recent (created_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

-- down

DROP TABLE logs;
