-- IMFlask's settings in the database.

CREATE TABLE master_config (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    config_type VARCHAR(64) NOT NULL,
    value VARCHAR(255) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    UNIQUE INDEX master_config_type (config_type)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

-- down

DROP TABLE master_config;
