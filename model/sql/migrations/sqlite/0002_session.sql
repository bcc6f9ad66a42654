-- Who is signed in where. Of a refresh token only hashes are kept.

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    family_hash TEXT NOT NULL CHECK (length(family_hash) <= 64),
    refresh_hash TEXT NOT NULL CHECK (length(refresh_hash) <= 64),
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 255),
    created_at DATETIME NOT NULL,
    refreshed_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX sessions_family ON sessions (family_hash);
CREATE INDEX sessions_of_user ON sessions (user_id, expires_at);

-- down

DROP TABLE sessions;
