-- Pages of articles without counting or sorting: an article holds its tags, what lists articles
-- holds their time, and counts are kept. A count has no foreign key: whoever changes it must not
-- wait for those who read or change what it counts.

ALTER TABLE articles ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
UPDATE articles
SET tags = (
    SELECT json_group_array(tag)
    FROM (SELECT tag FROM article_tags WHERE article_id = articles.id ORDER BY position)
)
WHERE id IN (SELECT article_id FROM article_tags);

CREATE TABLE article_tags_new (
    tag TEXT NOT NULL CHECK (length(tag) <= 64),
    article_created_at DATETIME NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, article_created_at, article_id)
) WITHOUT ROWID;
INSERT INTO article_tags_new (tag, article_created_at, article_id)
SELECT DISTINCT article_tags.tag, articles.created_at, articles.id
FROM article_tags
JOIN articles ON articles.id = article_tags.article_id
WHERE article_tags.tag > ''
ORDER BY 1, 2, 3;
DROP TABLE article_tags;
ALTER TABLE article_tags_new RENAME TO article_tags;
CREATE INDEX article_tags_article ON article_tags (article_id);

CREATE TABLE favorites_new (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    article_created_at DATETIME NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, article_created_at, article_id)
) WITHOUT ROWID;
INSERT INTO favorites_new (user_id, article_created_at, article_id)
SELECT favorites.user_id, articles.created_at, articles.id
FROM favorites
JOIN articles ON articles.id = favorites.article_id
ORDER BY 1, 2, 3;
DROP TABLE favorites;
ALTER TABLE favorites_new RENAME TO favorites;
CREATE UNIQUE INDEX favorites_article ON favorites (article_id, user_id);

-- Articles by an author with a tag; author 0 is everybody, and no tag is every tag.
CREATE TABLE article_counts (
    author_id INTEGER NOT NULL,
    tag TEXT NOT NULL CHECK (length(tag) <= 64),
    slot INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    latest_at DATETIME,
    latest_id INTEGER,
    PRIMARY KEY (author_id, tag, slot)
) WITHOUT ROWID;
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
CREATE INDEX article_counts_most ON article_counts (author_id, articles DESC, tag);

CREATE TABLE favorite_counts (
    article_id INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    favorites INTEGER NOT NULL,
    PRIMARY KEY (article_id, slot)
) WITHOUT ROWID;
INSERT INTO favorite_counts (article_id, slot, favorites)
SELECT article_id, 0, COUNT(*) FROM favorites GROUP BY article_id;

-- down

DROP TABLE favorite_counts;
DROP TABLE article_counts;

CREATE TABLE favorites_old (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, article_id)
) WITHOUT ROWID;
INSERT INTO favorites_old (user_id, article_id)
SELECT user_id, article_id FROM favorites ORDER BY 1, 2;
DROP TABLE favorites;
ALTER TABLE favorites_old RENAME TO favorites;
CREATE INDEX favorites_article ON favorites (article_id);

CREATE TABLE article_tags_old (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    tag TEXT NOT NULL CHECK (length(tag) <= 64),
    PRIMARY KEY (article_id, position)
) WITHOUT ROWID;
INSERT INTO article_tags_old (article_id, position, tag)
SELECT articles.id, each_tag.key, each_tag.value
FROM articles, json_each(articles.tags) AS each_tag;
DROP TABLE article_tags;
ALTER TABLE article_tags_old RENAME TO article_tags;
CREATE INDEX article_tags_tag ON article_tags (tag, article_id);

ALTER TABLE articles DROP COLUMN tags;
