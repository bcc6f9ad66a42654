-- Accounts. Text is compared byte by byte, which is SQLite's own way; a CHECK holds each length,
-- which SQLite's types do not.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL CHECK (length(username) <= 64),
    username_key TEXT NOT NULL CHECK (length(username_key) <= 255),
    email TEXT NOT NULL CHECK (length(email) <= 254),
    password_hash TEXT NOT NULL CHECK (length(password_hash) <= 255),
    bio TEXT CHECK (length(bio) <= 1000),
    image TEXT CHECK (length(image) <= 2000),
    role TEXT NOT NULL DEFAULT 'user' CHECK (length(role) <= 16),
    sign_ins INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE UNIQUE INDEX users_email ON users (email);

-- down

DROP TABLE users;
