-- IMFlask's settings in the database.

CREATE TABLE master_config (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    config_type TEXT NOT NULL CHECK (length(config_type) <= 64),
    value TEXT NOT NULL CHECK (length(value) <= 255),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX master_config_type ON master_config (config_type);

-- down

DROP TABLE master_config;
