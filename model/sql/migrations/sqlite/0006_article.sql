-- Articles, their tags, and who favorited them.

CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    slug TEXT NOT NULL CHECK (length(slug) <= 300),
    title TEXT NOT NULL CHECK (length(title) <= 255),
    description TEXT NOT NULL CHECK (length(description) <= 1000),
    body TEXT NOT NULL CHECK (length(body) <= 100000),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX articles_slug ON articles (slug);
CREATE INDEX articles_recent ON articles (created_at, id);
CREATE INDEX articles_of_author ON articles (author_id, created_at, id);

CREATE TABLE article_tags (
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    tag TEXT NOT NULL CHECK (length(tag) <= 64),
    PRIMARY KEY (article_id, position)
) WITHOUT ROWID;
CREATE INDEX article_tags_tag ON article_tags (tag, article_id);

CREATE TABLE favorites (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, article_id)
) WITHOUT ROWID;
CREATE INDEX favorites_article ON favorites (article_id);

-- down

DROP TABLE favorites;
DROP TABLE article_tags;
DROP TABLE articles;
