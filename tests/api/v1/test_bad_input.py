"""Bad input, walked through every endpoint: each answer names what is wrong, and nothing is stored.

GOOD holds one request for each endpoint that works. Each walk spoils one thing in it at a time.
"""

import dataclasses
import json
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import flask_validation_extended as library
import pytest

from tests import engines
from tests.api.v1.conftest import PASSWORD

ARTICLE = {"title": "Other", "description": "d", "body": "b", "tagList": ["other"]}
SLUG = {"slug": "a-title"}
NAME = {"username": "anne"}
PAGE = {"limit": "1", "offset": "0"}


@dataclasses.dataclass
class Good:
    """A request that works: what is in its path, its query and its body."""

    path: dict[str, Any] = dataclasses.field(default_factory=dict)
    query: dict[str, str] = dataclasses.field(default_factory=dict)
    body: dict[str, Any] = dataclasses.field(default_factory=dict)
    envelope: str | None = None


GOOD = {
    "user.register": Good(
        body={"username": "mary", "email": "mary@example.com", "password": PASSWORD},
        envelope="user",
    ),
    "user.login": Good(
        body={"email": "anne@example.com", "password": PASSWORD},
        envelope="user",
    ),
    "user.get_user": Good(),
    "user.update_user": Good(
        body={
            "email": "other@example.com",
            "username": "other",
            "password": "another horse",
            "bio": "other",
            "image": "other",
        },
        envelope="user",
    ),
    "session.refresh": Good(body={"refreshToken": "the one of root"}),
    "session.logout": Good(),
    "session.list_sessions": Good(),
    "session.end_session": Good(path={"id": "the one of root"}),
    "profile.get_profile": Good(path=NAME),
    "profile.follow": Good(path=NAME),
    "profile.unfollow": Good(path=NAME),
    "article.list_articles": Good(
        query={"tag": "known", "author": "root", "favorited": "anne", **PAGE}
    ),
    "article.get_feed": Good(query=PAGE),
    "article.write_article": Good(body=ARTICLE, envelope="article"),
    "article.get_article": Good(path=SLUG),
    "article.update_article": Good(path=SLUG, body=ARTICLE, envelope="article"),
    "article.delete_article": Good(path=SLUG),
    "article.favorite": Good(path=SLUG),
    "article.unfavorite": Good(path=SLUG),
    "comment.list_comments": Good(path=SLUG),
    "comment.write_comment": Good(path=SLUG, body={"body": "Well said."}, envelope="comment"),
    "comment.delete_comment": Good(path={**SLUG, "id": "the one of root"}),
    "tag.list_tags": Good(),
    "admin.list_logs": Good(query=PAGE),
}
WITH_BODY = [name for name, good in GOOD.items() if good.body]
WITH_PATH = [name for name, good in GOOD.items() if good.path]
WITH_QUERY = [name for name, good in GOOD.items() if good.query]

SQL = ["' OR 1=1 --", "'; DROP TABLE users; --", '" OR ""="', "%' OR '1'='1", "\\' OR 1=1 #"]
MONGO = ['{"$gt": ""}', '{"$ne": null}', "$where", "$ne", "users.$.role"]
LONG = 100_001
TEN_MEGABYTES = 10 * 1024 * 1024

# Values as they stand in a body, most of which Python could not write.
NUMBERS = ["0", "1", "1.5", "-0.0", str(2**64), str(-(2**70)), str(10**400)]
NO_NUMBERS = ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"]
OPERATORS = ['{"$gt": ""}', '{"$ne": null}', '{"$regex": ".*"}', '{"$where": "1"}']
NOT_TEXT = [
    *NUMBERS,
    *NO_NUMBERS,
    *OPERATORS,
    "true",
    "false",
    "[]",
    '["text"]',
    '[{"$ne": null}]',
    "{}",
    '{"text": "text"}',
]
UNSTORABLE = [r'"\u0000"', r'"te\u0000xt"', r'"\ud800"', r'"\udc00\ud800"', '"\ud800"']
BLANK = ['""', '" "', r'"\t\r\n"', r'"\u2003\u00a0"']
TOO_LONG = [f'"{"x" * LONG}"', f'"{"☃" * LONG}"', f'"{"a@" * LONG}"', f'"{"a." * LONG}@b.cd"']
NOT_TAGS = [
    *NUMBERS,
    *NO_NUMBERS,
    *OPERATORS,
    "null",
    "true",
    '""',
    '"tag"',
    "{}",
    '{"0": "tag"}',
    "[1]",
    "[null]",
    "[true]",
    "[[]]",
    "[NaN]",
    f"[{2**64}]",
    '["tag", {}]',
    '[{"$gt": ""}]',
    r'["te\u0000xt"]',
    r'["\ud800"]',
    f'["tag", "{"x" * 65}"]',
    f'["{"x" * LONG}"]',
    json.dumps([f"tag {number}" for number in range(101)]),
]
NOT_OBJECTS = ["null", '"text"', "[]", '[{"title": "text"}]', "1", "true", "NaN", str(10**400)]
NOT_JSON = [
    "{",
    "}",
    "nul",
    "{'a': 1}",
    '{"a": 1,}',
    '{"a": 1} {}',
    '{"a": "\0"}',
    '{"a": \\ud800}',
    '{"a": 1e}',
    f'{{"a": {"9" * 5000}}}',
    "[" * LONG,
    '{"a": ' * LONG,
    "\ufffe",
]
CONTENT_TYPES = [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]

# What is text and yet wrong, of the fields that say who somebody is.
NOT_ALLOWED = {
    "username": ['"a/b"', '"/"', '"."', '".."', r'"a\u000ab"', r'"a\u007fb"', f'"{"x" * 65}"'],
    "email": ['"text"', '"@"', '"a@"', '"@b.cd"', '"a b@c.de"', f'"{"x" * 250}@b.cd"'],
    "password": ['"short"', f'"{"x" * 257}"'],
}
UNKNOWN = [json.dumps(text) for text in [*SQL, *MONGO, "text", "nobody@example.com"]]

# What is not there, in the words of the answer; an id is that of what its endpoint is about.
THINGS = {"slug": "article", "username": "profile"}
# What stands in a path, encoded as it is sent.
UNKNOWN_SEGMENTS = [
    *[quote(text, safe="") for text in [*SQL, *MONGO]],
    *["nobody", "null", "0", "-1", "..", "%2e%2e", "%20", "%0A", "%0D%0A", "%5C", "%3F", "%23"],
    *["%25", "%2525", "%25s", "%25%2800%29", "%", "%zz", "%2500", "*", "_", "%25_%25"],
    *["%E2%98%83", "%F0%9F%90%8D", "%E2%80%AE", "%FF", "%C0%AF", "%ED%A0%80", "x" * 5000],
]
UNSTORABLE_SEGMENTS = ["%00", "a-title%00", "anne%00", "%00%00"]
# Decoded before a route is looked for, so these are URLs that there are not.
SLASHED_SEGMENTS = ["a%2Fb", "..%2F..%2Fusers", "a%2F..%2Fa-title", "a-title%2F.", "%2e%2e%2fb"]
NOT_WHOLE_NUMBERS = [
    *[quote(text, safe="") for text in [*SQL, *MONGO]],
    *["text", "1.5", "1.0", "1e3", "0x1", "1_0", "true", "null", "NaN", "Infinity", "1e999"],
    *["%201", "1%20", "1%0A", "%EF%BC%91", "%D9%A1", "%00", "1%00", "%2500", "%FF", "%E2%98%83"],
    *[str(2**63), str(2**64), str(2**70), str(-(2**70)), "1" + "0" * 400, "9" * 5000, "x" * 5000],
]


class Case(NamedTuple):
    """One spoilt request: what was spoilt, what is sent instead, and the answer to it."""

    spoilt: str
    request: dict[str, Any]
    status: int
    named: set[str]


class Walk:
    """The requests of one endpoint, sent by root, who may do whatever they ask for."""

    def __init__(self, name, app, database, root, known) -> None:
        [rule] = [rule for rule in app.url_map.iter_rules() if rule.endpoint == f"v1.{name}"]
        [self.method] = rule.methods - {"HEAD", "OPTIONS"}
        good = GOOD[name]
        self.name, self.url, self.root, self.database = name, rule.rule, root, database
        self.path = {key: known.get(key, value) for key, value in good.path.items()}
        body = {key: known.get(key, value) for key, value in good.body.items()}
        self.body = {key: json.dumps(value) for key, value in body.items()}
        self.query, self.envelope = good.query, good.envelope

    def send(self, *, path=None, query=None, data=None, kind="application/json", environ=None):
        """Send the good request with another path, query or body."""
        url = self.url
        for key, segment in {**self.path, **(path or {})}.items():
            url = url.replace(f"<{key}>", str(segment))
        if data is None and self.body:
            data = self.with_fields()
        return self.root.client.open(
            url,
            method=self.method,
            query_string=self.query if query is None else query,
            data=None if data is None else data.encode("utf-8", "surrogatepass"),
            content_type=None if data is None else kind,
            headers={"Authorization": f"Token {self.root.token}"},
            environ_overrides=environ,
        )

    def with_fields(self, **values: str | None) -> str:
        """Return the good body with other values, as they stand in JSON; None leaves one out."""
        return self.in_envelope(self.bare(**values))

    def bare(self, **values: str | None) -> str:
        kept = {key: value for key, value in {**self.body, **values}.items() if value is not None}
        return "{" + ", ".join(f'"{key}": {value}' for key, value in kept.items()) + "}"

    def in_envelope(self, content: str) -> str:
        return f'{{"{self.envelope}": {content}}}' if self.envelope else content

    def stored(self) -> dict[str, list[Any]]:
        """Return every row of the database, the API log aside."""
        if self.database.engine == "mongodb":
            collections = self.database.driver_database()
            names = ("users", "sessions", "articles", "comments")
            return {name: sorted(collections[name].find(), key=repr) for name in names}
        tables = [table for table in engines.TABLES if table not in ("logs", "master_config")]
        rows = {table: self.database.all(f"SELECT * FROM {table}") for table in tables}
        return {table: sorted(found, key=repr) for table, found in rows.items()}

    def refuses(self, cases: Iterator[Case]) -> None:
        """Send every case; fail with the first that is not refused by name, or leaves a trace."""
        before = self.stored()
        assert all(before.values()), "what is not there cannot be changed"
        for number, (spoilt, request, status, named) in enumerate(cases, start=1):
            response = self.send(**request)
            told = f"{self.method} {self.url}, {spoilt[:99]!a}: {response.status}"
            told += f" {response.text[:300]!a}"
            assert response.status_code == status, told
            assert response.mimetype == "application/json", told
            assert set(response.json) == {"msg", "description", "errors"}, told
            assert response.json["msg"] == "fail", told
            assert response.json["description"], told
            assert set(response.json["errors"]) == named, told
            for messages in response.json["errors"].values():
                assert messages, told
                assert all(isinstance(message, str) and message for message in messages), told
            if number % 20 == 0:
                assert self.stored() == before, f"{told}, or one of the 19 before it"
        assert self.stored() == before, f"{self.method} {self.url}: one of the last 20"


@pytest.fixture
def walk(app, database, root, anne, caplog):
    """Walk an endpoint where root and anne have left something of everything."""
    caplog.set_level(logging.ERROR, "retort")
    slug = root.write("A title", tagList=["known"])["slug"]
    assert slug == SLUG["slug"]
    anne.write("By anne")
    comment_id = root.comment(slug)["id"]
    for person, path in [
        (root, "/profiles/anne/follow"),
        (anne, "/profiles/root/follow"),
        (anne, f"/articles/{slug}/favorite"),
    ]:
        assert person.post(path).status_code == 200
    user = {"email": "root@example.com", "password": PASSWORD}
    assert root.post("/users/login", user=user).status_code == 200
    sessions = root.get("/auth/sessions").json["sessions"]
    [session_id] = [session["id"] for session in sessions if not session["current"]]
    facts = {"method": "GET", "path": "/", "status": 200, "milliseconds": 1.0}
    database.logs.insert_log(ip="::1", request_id="id", **facts)

    def begin(name: str) -> Walk:
        id = session_id if name == "session.end_session" else comment_id
        return Walk(name, app, database, root, {"id": id, "refreshToken": root.refresh_token})

    return begin


def test_every_endpoint_of_the_api_is_walked_with_every_field(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")]
    assert {rule.endpoint for rule in rules} == {f"v1.{name}" for name in GOOD}
    for rule in rules:
        good = GOOD[rule.endpoint.removeprefix("v1.")]
        fields = getattr(app.view_functions[rule.endpoint], "fields", [])
        declared = {(one.source, one.label) for one in fields}
        assert rule.arguments == set(good.path), rule
        assert declared == {
            *((library.Route, label) for label in good.path),
            *((library.Query, label) for label in good.query),
            *((library.Json, label) for label in good.body),
        }, rule


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_wrong_value_in_a_body_is_named_by_its_field(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_values(endpoint))


def _wrong_values(endpoint: Walk) -> Iterator[Case]:
    for label in endpoint.body:
        for status, named, values in _values(endpoint, label):
            for value in values:
                request = {"data": endpoint.with_fields(**{label: value})}
                yield Case(f"{label} = {value}", request, status, {named})
    every = endpoint.with_fields(**dict.fromkeys(endpoint.body, "1e999"))
    yield Case("every field", {"data": every}, 422, set(endpoint.body))
    if endpoint.method == "POST":
        empty = endpoint.in_envelope("{}")
        yield Case("no field", {"data": empty}, 422, set(endpoint.body) - {"tagList"})


def _values(endpoint: Walk, label: str) -> Iterator[tuple[int, str, list[str | None]]]:
    """Yield what this field is not to hold, with the status and the name of the answer."""
    if label == "tagList":
        yield 422, label, NOT_TAGS
        return
    assert endpoint.body[label].startswith('"'), "which values are wrong for another type?"
    yield 422, label, [*NOT_TEXT, *UNSTORABLE]
    if endpoint.method == "POST":
        yield 422, label, [None]
    # Null and the empty text clear these two.
    if label not in ("bio", "image"):
        yield 422, label, ["null", *BLANK]
    if endpoint.name in ("user.register", "user.update_user"):
        yield 422, label, NOT_ALLOWED.get(label, [])
    if endpoint.name == "session.refresh":
        yield 401, label, [*UNKNOWN, *TOO_LONG]
    elif (endpoint.name, label) == ("user.login", "email"):
        yield 401, "credentials", [*UNKNOWN, *TOO_LONG]
    else:
        yield 422, label, TOO_LONG
    if (endpoint.name, label) == ("user.login", "password"):
        yield 401, "credentials", UNKNOWN


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_no_object_in_its_envelope_is_refused(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_bodies(endpoint))


def _wrong_bodies(endpoint: Walk) -> Iterator[Case]:
    for body in [*NOT_OBJECTS, *NOT_JSON]:
        yield Case(body, {"data": body}, 422, {"body"})
    if endpoint.envelope:
        without = ["", "{}", endpoint.bare(), endpoint.with_fields().upper()]
        for body in [*without, *map(endpoint.in_envelope, NOT_OBJECTS)]:
            yield Case(body, {"data": body}, 422, {endpoint.envelope})
    else:
        yield Case("nothing", {"data": ""}, 422, set(endpoint.body))
    for kind in CONTENT_TYPES:
        request = {"data": endpoint.with_fields(), "kind": kind}
        yield Case(f"Content-Type: {kind}", request, 415, {"body"})
    large = endpoint.with_fields(unknown=f'"{"x" * TEN_MEGABYTES}"')
    yield Case("ten megabytes", {"data": large}, 413, {"body"})
    in_chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    yield Case("in chunks", {"data": large, "environ": in_chunks}, 413, {"body"})


@pytest.mark.parametrize("name", WITH_PATH)
def test_a_path_that_leads_nowhere_says_what_is_not_there(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_paths(endpoint))


def _wrong_paths(endpoint: Walk) -> Iterator[Case]:
    for label, good in endpoint.path.items():
        thing = THINGS.get(label, endpoint.name.partition(".")[0])
        if label == "id":
            absent = ["0", "-1", "999999999", str(2**53), str(2**63 - 1), str(-(2**63))]
            answers = [(404, {thing}, absent), (422, {label}, NOT_WHOLE_NUMBERS)]
        else:
            alike = [good.upper(), f"{good}%20", f"%20{good}", f"{good}%CC%81", f"{good}%E2%80%8B"]
            answers = [(404, {thing}, [*UNKNOWN_SEGMENTS, *alike])]
            answers += [(422, {label}, UNSTORABLE_SEGMENTS)]
        answers += [(404, set(), SLASHED_SEGMENTS)]
        for status, named, segments in answers:
            for segment in segments:
                yield Case(f"{label} = {segment}", {"path": {label: segment}}, status, named)


def test_a_path_with_a_doubled_slash_leads_nowhere(walk):
    for name in WITH_PATH:
        endpoint = walk(name)
        endpoint.refuses(_doubled_slashes(endpoint))


def _doubled_slashes(endpoint: Walk) -> Iterator[Case]:
    for label, good in endpoint.path.items():
        for segment in (f"%2F{good}", f"{good}%2F", "%2F", ""):
            yield Case(f"{label} = {segment}", {"path": {label: segment}}, 404, set())


@pytest.mark.parametrize("name", WITH_QUERY)
def test_a_wrong_value_in_a_query_is_named_by_its_field(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_queries(endpoint))


def _wrong_queries(endpoint: Walk) -> Iterator[Case]:
    wrong = {
        "limit": ["", "-1", "0", "101", *NOT_WHOLE_NUMBERS],
        "offset": ["", "-1", *NOT_WHOLE_NUMBERS],
    }
    for label in endpoint.query:
        others = "&".join(f"{key}={endpoint.query[key]}" for key in endpoint.query if key != label)
        for value in wrong.get(label, UNSTORABLE_SEGMENTS):
            query = f"{label}={value}&{others}"
            yield Case(query, {"query": query}, 422, {label})
    query = "&".join(f"{label}=%00" for label in endpoint.query)
    yield Case(query, {"query": query}, 422, set(endpoint.query))
    query = "limit=text&limit=1"
    yield Case(query, {"query": query}, 422, {"limit"})


@pytest.mark.parametrize("label", ["tag", "author", "favorited"])
def test_a_filter_that_fits_nothing_gives_an_empty_list(walk, label):
    endpoint = walk("article.list_articles")
    before = endpoint.stored()
    good = endpoint.query[label]
    assert endpoint.send(query=f"{label}={good}").json["articlesCount"] == 1
    for value in ["", *UNKNOWN_SEGMENTS, *SLASHED_SEGMENTS, good.upper(), f"{good}%20"]:
        answer = endpoint.send(query=f"{label}={value}")
        assert (answer.status_code, answer.json) == (
            200,
            {"msg": "success", "articles": [], "articlesCount": 0},
        ), value
    assert endpoint.stored() == before


@pytest.mark.parametrize("name", WITH_QUERY)
def test_a_page_behind_the_last_one_is_empty(walk, name):
    endpoint = walk(name)
    assert _page(endpoint, offset=0) != []
    for offset in (101, 2**53, 2**63 - 1):
        assert _page(endpoint, offset=offset) == [], offset


def _page(endpoint: Walk, offset: int) -> list[Any]:
    answer = endpoint.send(query=f"offset={offset}")
    assert answer.status_code == 200, answer.text
    [page] = [value for value in answer.json.values() if isinstance(value, list)]
    return page


def test_of_a_value_that_is_sent_twice_the_first_counts(walk):
    endpoint = walk("article.list_articles")
    endpoint.root.write("Another title")
    answer = endpoint.send(query="limit=1&limit=text&author=root&author=anne")
    assert answer.status_code == 200
    assert [article["slug"] for article in answer.json["articles"]] == ["another-title"]


@pytest.mark.parametrize("name", GOOD)
def test_what_an_endpoint_does_not_ask_for_is_ignored(walk, name):
    endpoint = walk(name)
    query = {**endpoint.query, "role": "smuggled", "tag[$ne]": "smuggled", "limit[$gt]": "smuggled"}
    response = endpoint.send(query=query, data=_smuggled(endpoint))
    assert response.status_code in (200, 201, 204), response.text
    assert "smuggled" not in response.text + repr(endpoint.stored())


def _smuggled(endpoint: Walk) -> str:
    """Return a good body with more in it: every column that there is, inside and outside."""
    if not endpoint.body:
        # No JSON, and ten times what is allowed: it is not even read.
        return "{smuggled" * (TEN_MEGABYTES // 9)
    columns = {column for rows in endpoint.stored().values() for column in rows[0]}
    names = columns - set(endpoint.body) | {"unknown", "$set", "token", "authorId", "createdAt"}
    body = endpoint.with_fields(**dict.fromkeys(names, '"smuggled"'))
    return body[:-1] + ', "role": "smuggled", "$set": {"role": "smuggled"}}'


def test_what_means_something_to_a_database_is_only_text(root):
    for text in [*SQL, *MONGO]:
        texts = {"title": text, "description": text, "body": text}
        written = root.write(**texts, tagList=[text])
        shown = root.get(f"/articles/{written['slug']}").json["article"]
        assert shown.items() >= {**texts, "tagList": [text]}.items()
        listed = root.get(f"/articles?tag={quote(text)}").json["articles"]
        assert [article["slug"] for article in listed] == [written["slug"]]
        assert root.comment(written["slug"], body=text)["body"] == text
        user = {"username": text, "bio": text}
        assert root.put("/user", user=user).json["user"].items() >= user.items()
        assert root.get(f"/profiles/{quote(text, safe='')}").json["profile"]["bio"] == text
