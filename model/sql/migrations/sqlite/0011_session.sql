-- Sessions that have expired are found, to be deleted.

CREATE INDEX sessions_end ON sessions (expires_at);

-- down

DROP INDEX sessions_end;
