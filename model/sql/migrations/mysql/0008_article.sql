-- Pages of articles without counting or sorting: an article holds its tags, what lists articles
-- holds their time, and counts are kept. A count has no foreign key: whoever changes it must not
-- wait for those who read or change what it counts.

ALTER TABLE articles ADD COLUMN tags TEXT NOT NULL DEFAULT ('[]');
UPDATE articles
JOIN (
    SELECT
        article_id,
        CONCAT('[', GROUP_CONCAT(JSON_QUOTE(tag) ORDER BY position SEPARATOR ','), ']') AS tags
    FROM article_tags
    GROUP BY article_id
) AS tagged ON tagged.article_id = articles.id
SET articles.tags = tagged.tags;

CREATE TABLE article_tags_new (
    tag VARCHAR(64) NOT NULL,
    article_created_at DATETIME(3) NOT NULL,
    article_id BIGINT NOT NULL,
    PRIMARY KEY (tag, article_created_at, article_id),
    INDEX article_tags_article (article_id),
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO article_tags_new (tag, article_created_at, article_id)
SELECT DISTINCT article_tags.tag, articles.created_at, articles.id
FROM article_tags
JOIN articles ON articles.id = article_tags.article_id
WHERE article_tags.tag > ''
ORDER BY 1, 2, 3;
DROP TABLE article_tags;
ALTER TABLE article_tags_new RENAME TO article_tags;

CREATE TABLE favorites_new (
    user_id BIGINT NOT NULL,
    article_created_at DATETIME(3) NOT NULL,
    article_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, article_created_at, article_id),
    UNIQUE INDEX favorites_article (article_id, user_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO favorites_new (user_id, article_created_at, article_id)
SELECT favorites.user_id, articles.created_at, articles.id
FROM favorites
JOIN articles ON articles.id = favorites.article_id
ORDER BY 1, 2, 3;
DROP TABLE favorites;
ALTER TABLE favorites_new RENAME TO favorites;

-- Articles by an author with a tag; author 0 is everybody, and no tag is every tag.
CREATE TABLE article_counts (
    author_id BIGINT NOT NULL,
    tag VARCHAR(64) NOT NULL,
    slot INT NOT NULL,
    articles BIGINT NOT NULL,
    latest_at DATETIME(3),
    latest_id BIGINT,
    PRIMARY KEY (author_id, tag, slot),
    INDEX article_counts_most (author_id, articles DESC, tag)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO article_counts (author_id, tag, slot, articles, latest_at, latest_id)
SELECT 0, '', 0, COUNT(*), NULL, NULL FROM articles
UNION ALL
SELECT 0, tag, 0, COUNT(*), NULL, NULL FROM article_tags GROUP BY tag;
INSERT INTO article_counts (author_id, tag, slot, articles, latest_at, latest_id)
SELECT
    author_id,
    '',
    0,
    COUNT(*),
    MAX(created_at),
    (
        SELECT id
        FROM articles AS own
        WHERE own.author_id = articles.author_id
        ORDER BY created_at DESC, id DESC
        LIMIT 1
    )
FROM articles
GROUP BY author_id;

CREATE TABLE favorite_counts (
    article_id BIGINT NOT NULL,
    slot INT NOT NULL,
    favorites BIGINT NOT NULL,
    PRIMARY KEY (article_id, slot)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO favorite_counts (article_id, slot, favorites)
SELECT article_id, 0, COUNT(*) FROM favorites GROUP BY article_id;

-- down

DROP TABLE favorite_counts;
DROP TABLE article_counts;

CREATE TABLE favorites_old (
    user_id BIGINT NOT NULL,
    article_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, article_id),
    INDEX favorites_article (article_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO favorites_old (user_id, article_id)
SELECT user_id, article_id FROM favorites ORDER BY 1, 2;
DROP TABLE favorites;
ALTER TABLE favorites_old RENAME TO favorites;

CREATE TABLE article_tags_old (
    article_id BIGINT NOT NULL,
    position INT NOT NULL,
    tag VARCHAR(64) NOT NULL,
    PRIMARY KEY (article_id, position),
    INDEX article_tags_tag (tag, article_id),
    FOREIGN KEY (article_id) REFERENCES articles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin;
INSERT INTO article_tags_old (article_id, position, tag)
SELECT articles.id, each_tag.position, each_tag.tag
FROM articles
JOIN JSON_TABLE(
    articles.tags,
    '$[*]' COLUMNS (position FOR ORDINALITY, tag VARCHAR(64) PATH '$')
) AS each_tag;
DROP TABLE article_tags;
ALTER TABLE article_tags_old RENAME TO article_tags;

ALTER TABLE articles DROP COLUMN tags;
