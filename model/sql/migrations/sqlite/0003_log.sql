-- The API log: a row for each request.

CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ip TEXT NOT NULL CHECK (length(ip) <= 45),
    method TEXT NOT NULL CHECK (length(method) <= 16),
    path TEXT NOT NULL CHECK (length(path) <= 2048),
    status INTEGER NOT NULL,
    milliseconds REAL NOT NULL,
    request_id TEXT NOT NULL CHECK (length(request_id) <= 128),
    created_at DATETIME NOT NULL
);
CREATE INDEX logs_recent ON logs (created_at, id);

-- down

DROP TABLE logs;
