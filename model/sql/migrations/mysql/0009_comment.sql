-- How many comments each article has.

CREATE TABLE comment_counts (
    article_id BIGINT NOT NULL,
    slot INT NOT NULL,
    comments BIGINT NOT NULL,
    PRIMARY KEY (article_id, slot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO comment_counts (article_id, slot, comments)
SELECT article_id, 0, COUNT(*) FROM comments GROUP BY article_id;

-- down

DROP TABLE comment_counts;
