-- Accounts. Text is compared code point by code point, with no padding: exactly, as the other
-- engines do. On MariaDB the runner uses its own name for that collation.

CREATE TABLE users (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    username VARCHAR(64) NOT NULL,
    username_key VARCHAR(255) NOT NULL,
    email VARCHAR(254) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    bio VARCHAR(1000),
    image VARCHAR(2000),
    role VARCHAR(16) NOT NULL DEFAULT 'user',
    sign_ins BIGINT NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    UNIQUE INDEX users_username (username_key),
    UNIQUE INDEX users_email (email)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;

-- down

DROP TABLE users;
