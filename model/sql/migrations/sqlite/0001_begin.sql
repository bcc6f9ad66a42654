-- The first tables. Text is compared byte by byte, which is SQLite's own way; a CHECK holds each
-- length, which SQLite's types do not.

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL CHECK (length(username) <= 64),
    email TEXT NOT NULL CHECK (length(email) <= 254),
    password_hash TEXT NOT NULL CHECK (length(password_hash) <= 255),
    bio TEXT CHECK (length(bio) <= 1000),
    image TEXT CHECK (length(image) <= 2000),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX users_username ON users (username);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE follows (
    follower_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    followed_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (follower_id, followed_id)
) WITHOUT ROWID;
CREATE INDEX follows_followed ON follows (followed_id);

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

CREATE TABLE comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body TEXT NOT NULL CHECK (length(body) <= 10000),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE INDEX comments_of_article ON comments (article_id, created_at, id);
CREATE INDEX comments_of_author ON comments (author_id);

CREATE TABLE master_config (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    config_type TEXT NOT NULL CHECK (length(config_type) <= 64),
    value TEXT NOT NULL CHECK (length(value) <= 255),
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX master_config_type ON master_config (config_type);

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
DROP TABLE master_config;
DROP TABLE comments;
DROP TABLE favorites;
DROP TABLE article_tags;
DROP TABLE articles;
DROP TABLE follows;
DROP TABLE users;
