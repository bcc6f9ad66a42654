-- Sessions that have expired are found, to be deleted.

ALTER TABLE sessions ADD INDEX sessions_end (expires_at);

-- down

ALTER TABLE sessions DROP INDEX sessions_end;
