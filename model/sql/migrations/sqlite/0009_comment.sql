-- How many comments each article has.

CREATE TABLE comment_counts (
    article_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    PRIMARY KEY (article_id, slot)
) WITHOUT ROWID;
INSERT INTO comment_counts (article_id, slot, comments)
SELECT article_id, 0, COUNT(*) FROM comments GROUP BY article_id;

-- down

DROP TABLE comment_counts;
