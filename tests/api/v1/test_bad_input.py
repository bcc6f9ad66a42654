"""Bad input, walked through every endpoint: each answer names what is wrong, and nothing is stored.

GOOD holds one request for each endpoint that works. Each walk spoils one thing in it at a time.
"""

import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import flask_validation_extended as library
import pytest

from app.api.rule import MaxLen, NotBlank
from tests import engines
from tests.api.v1.conftest import PASSWORD, Person

ARTICLE = {"title": "Other", "description": "d", "body": "b", "tagList": ["other"]}
SLUG = {"slug": "a-title"}
NAME = {"username": "anne"}
PAGE = {"limit": "1", "offset": "0"}


class Good(NamedTuple):
    """A request that works: what is in its path, its query and its body."""

    path: dict[str, Any] = {}
    query: dict[str, str] = {}
    body: dict[str, Any] = {}
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

# What is not there, in the words of the answer.
THING = {
    "session.end_session": {"id": "session"},
    "comment.delete_comment": {"slug": "article", "id": "comment"},
}
THINGS = {"slug": "article", "username": "profile"}

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

# What a path holds: the text is encoded, or is so already.
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
    """One spoilt request: what is spoilt, what of the request is another, and the answer."""

    spoilt: str
    request: dict[str, Any]
    status: int
    named: set[str]


class Walk:
    """The requests of one endpoint, sent by root, who may do whatever they ask for."""

    def __init__(self, name: str, app, root: Person, database, own: dict[str, Any]) -> None:
        [rule] = [rule for rule in app.url_map.iter_rules() if rule.endpoint == f"v1.{name}"]
        [self.method] = rule.methods - {"HEAD", "OPTIONS"}
        self.name, self.rule, self.root, self.database = name, rule.rule, root, database
        good = GOOD[name]
        self.path = {key: own.get(key, value) for key, value in good.path.items()}
        self.query, self.envelope = good.query, good.envelope
        body = {key: own.get(key, value) for key, value in good.body.items()}
        self.body = {key: json.dumps(value) for key, value in body.items()}
        self.fields = app.view_functions[f"v1.{name}"].fields if body else []

    def send(self, *, path=None, query=None, data=None, kind="application/json", **more):
        """Send the good request with another path, query or body."""
        segments = {**self.path, **(path or {})}
        url = self.rule
        for key, value in segments.items():
            url = url.replace(f"<{key}>", str(value))
        if data is None and self.body:
            data = self.with_fields()
        if data is not None:
            data = data.encode("utf-8", "surrogatepass")
        return self.root.client.open(
            url,
            method=self.method,
            query_string=self.query if query is None else query,
            data=data,
            content_type=kind if data is not None else None,
            headers={"Authorization": f"Token {self.root.token}"},
            **more,
        )

    def with_fields(self, **values: str | None) -> str:
        """Return the good body with other values, as they stand in JSON; None leaves one out."""
        kept = {key: value for key, value in {**self.body, **values}.items() if value is not None}
        content = ", ".join(f'"{key}": {value}' for key, value in kept.items())
        return self.in_envelope(f"{{{content}}}")

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
        """Send every case; fail with the case that is not refused by name, or leaves a trace."""
        before = self.stored()
        assert all(before.values()), "what is not there cannot be changed"
        for spoilt, request, status, named in cases:
            response = self.send(**request)
            told = f"{self.method} {self.rule}, {spoilt[:99]!a}: {response.status}"
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
            assert self.stored() == before, told


@pytest.fixture
def walk(app, database, root, anne):
    """Walk an endpoint where root and anne have left something of everything."""
    article = root.write("A title", tagList=["known"])
    comment = root.comment(article["slug"])
    for path in ("/profiles/root/follow", "/articles/a-title/favorite"):
        assert anne.post(path).status_code == 200
    user = {"email": "root@example.com", "password": PASSWORD}
    assert root.post("/users/login", user=user).status_code == 200
    sessions = root.get("/auth/sessions").json["sessions"]
    [other_session] = [one["id"] for one in sessions if not one["current"]]

    def begin(name: str) -> Walk:
        id = other_session if name == "session.end_session" else comment["id"]
        return Walk(name, app, root, database, {"id": id, "refreshToken": root.refresh_token})

    return begin


def test_every_endpoint_of_the_api_is_walked_with_every_field(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")]
    assert {rule.endpoint for rule in rules} == {f"v1.{name}" for name in GOOD}
    for rule in rules:
        good = GOOD[rule.endpoint.removeprefix("v1.")]
        fields = getattr(app.view_functions[rule.endpoint], "fields", [])
        declared = {(field.source, field.label) for field in fields}
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
    fields = [field for field in endpoint.fields if field.source is library.Json]
    for field in fields:
        for status, named, values in _values(endpoint.name, field):
            for value in values:
                spoilt = f"{field.label} = {value}"
                request = {"data": endpoint.with_fields(**{field.label: value})}
                yield Case(spoilt, request, status, {named})
    every = {field.label for field in fields}
    yield Case("all", {"data": endpoint.with_fields(**dict.fromkeys(every, "1e999"))}, 422, every)
    required = {field.label for field in fields if field.required}
    if required:
        yield Case("none", {"data": endpoint.in_envelope("{}")}, 422, required)


def _values(name: str, field) -> Iterator[tuple[int, str, list[str | None]]]:
    """Yield what this field is not to hold, with the status and the name of the answer."""
    if field.required:
        yield 422, field.label, [None]
    if not field.nullable:
        yield 422, field.label, ["null"]
    if field.label == "tagList":
        yield 422, field.label, NOT_TAGS
        return
    assert field.description == "text", "values for another type are to be added here"
    yield 422, field.label, [*NOT_TEXT, *UNSTORABLE]
    if any(isinstance(rule, NotBlank) for rule in field.rules):
        yield 422, field.label, BLANK
    if any(isinstance(rule, MaxLen) for rule in field.rules):
        yield 422, field.label, TOO_LONG
    if name in ("user.register", "user.update_user"):
        yield 422, field.label, NOT_ALLOWED.get(field.label, [])
    # Whether it is the e-mail or the password that is wrong is not for everybody to know.
    if name == "user.login":
        yield 401, "credentials", UNKNOWN if field.label == "password" else [*UNKNOWN, *TOO_LONG]
    if name == "session.refresh":
        yield 401, "refreshToken", [*UNKNOWN, *TOO_LONG]


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_that_is_no_object_in_its_envelope_is_refused(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_bodies(endpoint))


def _wrong_bodies(endpoint: Walk) -> Iterator[Case]:
    for body in [*NOT_OBJECTS, *NOT_JSON]:
        yield Case(body, {"data": body}, 422, {"body"})
    good = endpoint.with_fields()
    if endpoint.envelope:
        bare = "{" + ", ".join(f'"{key}": {value}' for key, value in endpoint.body.items()) + "}"
        for body in ["", "{}", bare, f'{{"{endpoint.envelope.upper()}": {bare}}}']:
            yield Case(body, {"data": body}, 422, {endpoint.envelope})
        for content in NOT_OBJECTS:
            body = endpoint.in_envelope(content)
            yield Case(body, {"data": body}, 422, {endpoint.envelope})
    for kind in CONTENT_TYPES:
        yield Case(str(kind), {"data": good, "kind": kind}, 415, {"body"})
    longest = f'"{"x" * TEN_MEGABYTES}"'
    for body in (endpoint.with_fields(unknown=longest), good + " " * TEN_MEGABYTES):
        yield Case("ten megabytes", {"data": body}, 413, {"body"})
        chunked = {"environ_overrides": {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}}
        yield Case("ten megabytes in chunks", {"data": body, **chunked}, 413, {"body"})


@pytest.mark.parametrize("name", WITH_PATH)
def test_a_path_that_leads_nowhere_says_what_is_not_there(walk, name):
    endpoint = walk(name)
    endpoint.refuses(_wrong_paths(endpoint))


def _wrong_paths(endpoint: Walk) -> Iterator[Case]:
    for label, good in endpoint.path.items():
        thing = {**THINGS, **THING.get(endpoint.name, {})}[label]
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
    alike = [endpoint.query[label].upper(), f"{endpoint.query[label]}%20"]
    for value in ["", *UNKNOWN_SEGMENTS, *SLASHED_SEGMENTS, *alike]:
        answer = endpoint.send(query=f"{label}={value}")
        assert (answer.status_code, answer.json) == (
            200,
            {"msg": "success", "articles": [], "articlesCount": 0},
        ), value
    assert endpoint.stored() == before


@pytest.mark.parametrize("name", WITH_QUERY)
def test_a_page_behind_the_last_one_is_empty(walk, name):
    endpoint = walk(name)
    for offset in ("101", str(2**53), str(2**63 - 1)):
        answer = endpoint.send(query=f"offset={offset}")
        assert answer.status_code == 200, offset
        assert [value for value in answer.json.values() if value == []], answer.text


def test_of_a_value_that_is_sent_twice_the_first_counts(walk):
    endpoint = walk("article.list_articles")
    endpoint.root.write("Another title")
    answer = endpoint.send(query="limit=1&limit=text&author=root&author=nobody")
    assert answer.status_code == 200
    assert [article["slug"] for article in answer.json["articles"]] == ["another-title"]


@pytest.mark.parametrize("name", GOOD)
def test_what_an_endpoint_does_not_ask_for_is_ignored(walk, name):
    endpoint = walk(name)
    before = endpoint.stored()
    columns = {column for rows in before.values() for column in rows[0]}
    extra = dict.fromkeys(columns - {*endpoint.body}, '"smuggled"')
    extra |= {"role": '"admin"', "unknown": '{"$set": {"role": "smuggled"}}'}
    if endpoint.body:
        data = endpoint.with_fields(**extra)
        if endpoint.envelope:
            data = data[:-1] + ', "role": "smuggled", "$set": {"role": "smuggled"}}'
    else:
        # Not even read, whatever it is.
        data = "{smuggled" * 1_200_000
    query = {**endpoint.query, "role": "smuggled", "tag[$ne]": "smuggled", "limit[$gt]": "smuggled"}
    plain = {"user.register": 201, "article.write_article": 201, "comment.write_comment": 201}
    response = endpoint.send(query=query, data=data)
    assert response.status_code in {plain.get(name, 200), 204}, response.text
    after = endpoint.stored()
    assert "smuggled" not in response.text + repr(after)
    assert [user["username"] for user in after["users"] if user["role"] == "admin"] != []
    assert _admins(after) == _admins(before)


def _admins(stored: dict[str, list[Any]]) -> list[int]:
    return [user.get("id", user.get("_id")) for user in stored["users"] if user["role"] == "admin"]


@pytest.mark.parametrize("text", [*SQL, *MONGO])
def test_what_means_something_to_a_database_is_only_text(walk, root, text):
    walk("tag.list_tags")
    texts = {"title": text, "description": text, "body": text}
    written = root.write(**texts, tagList=[text])
    shown = root.get(f"/articles/{written['slug']}").json["article"]
    assert {key: shown[key] for key in texts} == texts
    assert shown["tagList"] == [text]
    listed = root.get(f"/articles?tag={quote(text)}").json
    assert [article["slug"] for article in listed["articles"]] == [written["slug"]]
    assert root.comment(written["slug"], body=text)["body"] == text
    assert root.put("/user", user={"username": text, "bio": text}).json["user"]["bio"] == text
    assert root.get(f"/profiles/{quote(text, safe='')}").json["profile"]["username"] == text
